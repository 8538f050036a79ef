/** How much a package may ask of a host; what is above is refused as PKG_LIMIT. */
export interface UnpackLimits {
  /** Files, folders and links, with the folders that are only named in paths. */
  readonly entries: number
  /** Bytes of all files. */
  readonly bytes: number
  /** Folders deep, the name itself included. */
  readonly depth: number
  /** Bytes of one part of a path; Linux takes no more than 255. */
  readonly partBytes: number
  /** Bytes of a path inside the package. */
  readonly pathBytes: number
  /** Parts of paths to look at, to know where all symbolic links lead. */
  readonly linkSteps: number
  /** Unpacked bytes for one packed byte; small packages, up to `ratioFrom` unpacked bytes, may have more. */
  readonly ratio: number
  readonly ratioFrom: number
}

export const UNPACK_LIMITS: UnpackLimits = {
  entries: 100_000,
  bytes: 4 * 1024 ** 3,
  depth: 32,
  partBytes: 255,
  pathBytes: 1024,
  linkSteps: 2_000_000,
  ratio: 200,
  ratioFrom: 32 * 1024 ** 2,
}
