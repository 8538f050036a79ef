import type { Cluster, Job, Task } from "../model/cluster.js"

/** All tasks of the cluster in file order: jobs, then each job's hosts, then instances. */
export function expandTasks(cluster: Cluster): Task[] {
  return cluster.jobs.flatMap(job => expandJob(cluster, job))
}

function expandJob(cluster: Cluster, job: Job): Task[] {
  const instances = job.kind === "deployed" ? job.instances : 1
  return job.hosts.flatMap((host, h) =>
    Array.from({ length: instances }, (_, instance) => ({
      name: `${job.name}.${h * instances + instance}`,
      job,
      host,
      instance,
      program: programName(cluster, job, instance),
    })),
  )
}

function programName(cluster: Cluster, job: Job, instance: number): string {
  return job.kind === "existing"
    ? job.program
    : `${cluster.service}.${cluster.cluster}.${job.name}.${instance}`
}
