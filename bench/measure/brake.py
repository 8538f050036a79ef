# Takes a part of one core away from everybody else, evenly: busy for SHARE of each millisecond, at a priority that nothing here has.
#   brake.py CORE SHARE
import os
import sys
import time

PERIOD = 0.001

core, share = int(sys.argv[1]), float(sys.argv[2])
parent = os.getppid()
os.sched_setaffinity(0, {core})
os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))
print("braking", flush=True)
now = time.perf_counter
begins = now()
while os.getppid() == parent:
    # A second without a look at the parent.
    for _ in range(1000):
        ends = begins + share * PERIOD
        while now() < ends:
            pass
        begins += PERIOD
        left = begins - now()
        if left > 0:
            time.sleep(left)
        else:
            begins = now()
