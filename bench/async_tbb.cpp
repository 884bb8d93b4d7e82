// async_tbb.cpp - oneTBB's task_group: run() a task at a time, then wait().
#include <tbb/global_control.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>

#include "async_peers.h"

extern "C" void async_tbb_start(int workers) {
    static tbb::global_control control(tbb::global_control::max_allowed_parallelism,
                                       static_cast<size_t>(workers));
}

// The caller is one of the workers, as it is in any program that uses oneTBB.
extern "C" void async_tbb_spawn_and_join(unsigned count, uint64_t *results) {
    tbb::task_group group;
    for (unsigned i = 0; i < count; i++) {
        group.run([=] { results[i]++; });
    }
    group.wait();
}
