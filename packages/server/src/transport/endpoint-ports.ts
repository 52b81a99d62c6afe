/**
 * The ports that an endpoint at a public address may use: 443, 80, and from 1024 up all except
 * those of well-known services that are not webhook receivers. On such a service, a POST with a
 * body of the customer's choice can do harm. Posthorn would attack strangers, or reach networks
 * that accept only connections to "internal" ports.
 */

const databasePorts = [
  1433, 1434, 1521, 2483, 2484, 3050, 3306, 5432, 5433, 5984, 6432, 6984, 7199, 7474, 7687, 8086,
  8529, 9042, 9160, 9200, 9300, 26257, 27017, 27018, 27019, 28015, 28017, 33060,
];
/** Redis and memcached run the lines of a request body as commands. */
const cachePorts = [6379, 6380, 11211, 16379, 26379];
const brokerPorts = [
  1883, 4222, 4369, 5671, 5672, 6650, 8883, 9092, 9093, 9094, 15671, 15672, 25672, 61613, 61614,
  61616,
];
/** etcd, Consul, Docker, Kubernetes and others: a POST may change a cluster or start programs. */
const clusterPorts = [
  2181, 2375, 2376, 2377, 2379, 2380, 2888, 3888, 4001, 4505, 4506, 4646, 4647, 4648, 6443, 8140,
  8200, 8201, 8300, 8301, 8302, 8500, 8501, 8600, 10248, 10249, 10250, 10255, 10256, 10257, 10259,
];
const proxyPorts = [1080, 3128, 9050, 9051];
const remoteDesktopAndShellPorts = [3389, 5900, 5901, 5902, 5903, 5985, 5986];
/**
 * Java's RMI and debugger, AJP, distcc, and the debuggers of Chrome and Node: they run code that
 * they receive.
 */
const debuggerPorts = [1098, 1099, 3632, 5005, 8009, 9222, 9229];
const printerAndFilePorts = [3260, 3690, 9100, 9418];
const ircPorts = [6660, 6661, 6662, 6663, 6664, 6665, 6666, 6667, 6668, 6669, 6679, 6697];
/**
 * The other "bad ports" from 1024 up in the Fetch standard: telephony, NFS, X11, sieve and others.
 */
const fetchBadPorts = [1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 10080];

const deniedPorts: ReadonlySet<number> = new Set([
  ...databasePorts,
  ...cachePorts,
  ...brokerPorts,
  ...clusterPorts,
  ...proxyPorts,
  ...remoteDesktopAndShellPorts,
  ...debuggerPorts,
  ...printerAndFilePorts,
  ...ircPorts,
  ...fetchBadPorts,
]);

/** Returns whether an endpoint at a public address may use this port. */
export function isOpenPort(port: number): boolean {
  return port === 443 || port === 80 || (port >= 1024 && !deniedPorts.has(port));
}
