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
}

/** The facts of a service; for one that Minos did not know, those of a package with its classes at the top. */
export function factsOf(service: string): ServiceFacts {
  return FACTS.get(service) ?? { package: service, classes: ["."], mainClass: {}, beside: {} }
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
    },
    hbase: {
      package: "hbase",
      classes: ["."],
      mainClass: {
        master: `${HADOOP}.hbase.master.HMaster`,
        regionserver: `${HADOOP}.hbase.regionserver.HRegionServer`,
      },
      beside: {},
    },
    impala: { package: "impala", classes: ["."], mainClass: {}, beside: {} },
    kafka: { package: "kafka", classes: ["."], mainClass: {}, beside: {} },
    storm: {
      package: "apache-storm",
      classes: ["."],
      mainClass: {},
      beside: { ui: "nimbus", logviewer: "supervisor" },
    },
    fds: { package: "galaxy", classes: ["."], mainClass: {}, beside: {} },
    chronos: { package: "chronos", classes: ["."], mainClass: {}, beside: {} },
    mapreduce: { package: "hadoop", classes: hadoop("common", "hdfs", "mapreduce"), mainClass: {}, beside: {} },
  }),
)
