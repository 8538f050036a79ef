import java.io.*;
import java.nio.file.*;
import java.util.*;

/**
 * Reads a file of properties a line of stdin, in base64, as Latin-1 and as UTF-8, and prints its keys and values in base64, a line each
 * file. The arguments are files that ZooKeeper reads, when it is on the class path; it prints a line for each.
 */
class PropertiesReader {
  public static void main(String[] files) throws Exception {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, "US-ASCII"));
    for (String line; (line = in.readLine()) != null; ) {
      byte[] file = Base64.getDecoder().decode(line);
      Properties latin = new Properties(), utf8 = new Properties();
      latin.load(new ByteArrayInputStream(file));
      utf8.load(new InputStreamReader(new ByteArrayInputStream(file), "UTF-8"));
      if (!latin.equals(utf8)) throw new IllegalStateException("it depends on the encoding");
      StringJoiner out = new StringJoiner(" ");
      for (String key : new TreeSet<>(latin.stringPropertyNames())) out.add(encoded(key) + ":" + encoded(latin.getProperty(key)));
      System.out.println(out);
    }
    for (String file : files) System.out.println(zooKeeper(file));
  }

  static String encoded(String text) throws Exception {
    return Base64.getEncoder().encodeToString(text.getBytes("UTF-16BE"));
  }

  static String zooKeeper(String file) throws Exception {
    Class<?> type = Class.forName("org.apache.zookeeper.server.quorum.QuorumPeerConfig");
    Object config = type.getDeclaredConstructor().newInstance();
    type.getMethod("parse", String.class).invoke(config, file);
    StringJoiner out = new StringJoiner(" ");
    for (String name : new String[] {"getTickTime", "getDataDir", "getClientPortAddress", "getServers"})
      out.add(String.valueOf(type.getMethod(name).invoke(config)));
    return out.toString();
  }
}
