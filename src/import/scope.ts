/** What a variable is looked up in. */
export interface Scope {
  readonly service: string
  /** The job that the text belongs to; absent where all jobs share it. */
  readonly job?: string
  /** Whether a host may run several tasks of one job. */
  readonly instances: boolean
  /** Other clusters by their service, as `hdfs/dptst-example`; absent in a base file, which does not know them. */
  readonly clusters?: Readonly<Record<string, string>>
  /** The names of all files that the tasks get. */
  readonly files: ReadonlySet<string>
  /** `slot_number` of a Storm cluster. */
  readonly slots?: number
}
