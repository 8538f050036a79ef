# What someone with Python and an hour would write: a pool of threads, each with xmlrpc.client.
#   pool.py status|restart THREADS TIMEOUT < lines of HOST:PORT   prints the states of all as JSON
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from xmlrpc.client import ServerProxy, Transport

PROGRAM = "web:web_00"


class Patient(Transport):
    def __init__(self, timeout):
        super().__init__()
        self.timeout = timeout

    def make_connection(self, host):
        connection = super().make_connection(host)
        connection.timeout = self.timeout
        return connection


def states(processes):
    return {f"{process['group']}:{process['name']}": process["statename"] for process in processes}


def status(supervisor):
    return states(supervisor.getAllProcessInfo())


def restart(supervisor):
    supervisor.stopProcess(PROGRAM)
    supervisor.startProcess(PROGRAM)
    return states([supervisor.getProcessInfo(PROGRAM)])


def ask(target):
    try:
        with ServerProxy(f"http://{target}/RPC2", transport=Patient(timeout)) as proxy:
            return work(proxy.supervisor)
    except Exception as error:
        return {"error": str(error)}


work = {"status": status, "restart": restart}[sys.argv[1]]
threads, timeout = int(sys.argv[2]), float(sys.argv[3])
targets = sys.stdin.read().split()
with ThreadPoolExecutor(threads) as pool:
    json.dump(dict(zip(targets, pool.map(ask, targets))), sys.stdout)
