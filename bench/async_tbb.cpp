// async_tbb.cpp - oneTBB's task_group: run() a task at a time, then wait().  And the timers
// of the C++ library's containers: a binary heap, and a tree for those that are cancelled.
#include <queue>
#include <set>
#include <utility>
#include <vector>

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

namespace {

using timer = std::pair<uint64_t, uint64_t>;   // deadline, number

}  // namespace

extern "C" uint64_t async_heap_expire(const uint64_t *deadlines, unsigned count) {
    std::priority_queue<timer, std::vector<timer>, std::greater<timer>> heap;
    for (unsigned i = 0; i < count; i++) {
        heap.emplace(deadlines[i], i);
    }
    uint64_t sum = 0;
    for (uint64_t at = 1; !heap.empty(); at++) {
        sum += at * heap.top().second;
        heap.pop();
    }
    return sum;
}

extern "C" uint64_t async_tree_cancel(const uint64_t *deadlines, unsigned count) {
    std::set<timer> tree;
    for (unsigned i = 0; i < count; i++) {
        tree.emplace(deadlines[i], i);
    }
    uint64_t cancelled = 0;
    for (unsigned i = 0; i < count; i++) {
        cancelled += tree.erase(timer(deadlines[i], i));
    }
    return cancelled;
}
