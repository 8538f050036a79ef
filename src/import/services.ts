/** What Minos had in the code of its client, and not in a cluster file. */
export interface ServiceFacts {
  /** The name of the package, where the file does not say it. */
  readonly package: string
  /** Folders of the package that hold its classes. */
  readonly classes: readonly string[]
  /** The main class of each job, for files without [arguments]. */
  readonly mainClass: Readonly<Record<string, string>>
  /** Jobs without hosts of their own, and the job on whose hosts they run. */
  readonly beside: Readonly<Record<string, string>>
  /** Whether the command is certain: java with these classes, and nothing else. */
  readonly sure: boolean
}

/** The facts of a service; for one that Minos did not know, those of a package with its classes at the top. */
export function factsOf(service: string): ServiceFacts {
  return FACTS.get(service) ?? { package: service, classes: ["."], mainClass: {}, beside: {}, sure: false }
}

const HADOOP = "org.apache.hadoop"
const hadoop = (...parts: readonly string[]) => parts.map(part => `share/hadoop/${part}`)

const FACTS: ReadonlyMap<string, ServiceFacts> = new Map(
  Object.entries({
    zookeeper: {
      package: "zookeeper",
      classes: ["."],
      mainClass: { zookeeper: "org.apache.zookeeper.server.quorum.QuorumPeerMain" },
      beside: {},
      sure: true,
    },
    hdfs: {
      package: "hadoop",
      classes: hadoop("common", "hdfs"),
      mainClass: {
        journalnode: `${HADOOP}.hdfs.qjournal.server.JournalNode`,
        namenode: `${HADOOP}.hdfs.server.namenode.NameNode`,
        zkfc: `${HADOOP}.hdfs.tools.DFSZKFailoverController`,
        datanode: `${HADOOP}.hdfs.server.datanode.DataNode`,
      },
      beside: { zkfc: "namenode" },
      sure: true,
    },
    yarn: {
      package: "hadoop",
      classes: hadoop("common", "hdfs", "mapreduce", "yarn"),
      mainClass: {
        resourcemanager: `${HADOOP}.yarn.server.resourcemanager.ResourceManager`,
        nodemanager: `${HADOOP}.yarn.server.nodemanager.NodeManager`,
        historyserver: `${HADOOP}.mapreduce.v2.hs.JobHistoryServer`,
        proxyserver: `${HADOOP}.yarn.server.webproxy.WebAppProxyServer`,
      },
      beside: {},
      sure: true,
    },
    hbase: {
      package: "hbase",
      classes: ["."],
      mainClass: {
        master: `${HADOOP}.hbase.master.HMaster`,
        regionserver: `${HADOOP}.hbase.regionserver.HRegionServer`,
      },
      beside: {},
      sure: true,
    },
    impala: { package: "impala", classes: ["."], mainClass: {}, beside: {}, sure: false },
    kafka: { package: "kafka", classes: ["."], mainClass: {}, beside: {}, sure: false },
    storm: {
      package: "apache-storm",
      classes: ["."],
      mainClass: {},
      beside: { ui: "nimbus", logviewer: "supervisor" },
      sure: false,
    },
    fds: { package: "galaxy", classes: ["."], mainClass: {}, beside: {}, sure: false },
    chronos: { package: "chronos", classes: ["."], mainClass: {}, beside: {}, sure: false },
    mapreduce: {
      package: "hadoop",
      classes: hadoop("common", "hdfs", "mapreduce"),
      mainClass: {},
      beside: {},
      sure: false,
    },
  }),
)
