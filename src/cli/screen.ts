/** Where a run is followed: lines that stay, and on a terminal some below them that move. */
export interface Screen {
  /** Lines that stay. */
  print(lines: readonly string[]): void
  /** What moves is away, and lines that stay are held back, while someone else writes to the terminal. */
  aside<T>(work: () => Promise<T>): Promise<T>
  /** Only the lines that stay are left. */
  close(): void
}
