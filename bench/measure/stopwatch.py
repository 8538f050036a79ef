# Runs a command and tells what it took, it and all its children: a line of JSON on descriptor 3. wait4 is exact, and counts whatever has ended.
#   stopwatch.py COMMAND ARGUMENT...
import json
import os
import sys
import time

# The clock of the day, so that what happened elsewhere can be held against it.
start = time.time()
began = time.perf_counter()
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_CLOSE, 3)])
_, status, used = os.wait4(pid, 0)
wall = time.perf_counter() - began
cpu = used.ru_utime + used.ru_stime
report = {"start": start * 1000, "wall": wall, "cpu": cpu, "rss": used.ru_maxrss * 1024, "code": os.waitstatus_to_exitcode(status)}
os.write(3, json.dumps(report).encode())
