// pool_tbb.cpp - oneTBB: simple partitioner for single tasks, automatic one for tiny ones.
#include <functional>

#include <tbb/blocked_range.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/parallel_reduce.h>

#include "pool_work.h"

namespace {

using range = tbb::blocked_range<int>;
constexpr int sum_grain = 10000;

void start(int workers) {
    static tbb::global_control control(tbb::global_control::max_allowed_parallelism,
                                       static_cast<size_t>(workers));
}

void each(int count, pool_body body, void *context) {
    tbb::parallel_for(range(0, count, 1), [=](const range &r) {
        for (int i = r.begin(); i < r.end(); i++) {
            body(i, context);
        }
    }, tbb::simple_partitioner());
}

void tiny(int count, pool_body body, void *context) {
    tbb::parallel_for(range(0, count), [=](const range &r) {
        for (int i = r.begin(); i < r.end(); i++) {
            body(i, context);
        }
    });
}

double add(const double *values, const range &r, double sum) {
    for (int i = r.begin(); i < r.end(); i++) {
        sum += values[i];
    }
    return sum;
}

double sum(const double *values, int count) {
    return tbb::parallel_reduce(range(0, count), 0.0, [=](const range &r, double s) {
        return add(values, r, s);
    }, std::plus<double>());
}

double sum_fixed(const double *values, int count) {
    return tbb::parallel_deterministic_reduce(
        range(0, count, sum_grain), 0.0,
        [=](const range &r, double s) { return add(values, r, s); }, std::plus<double>());
}

}  // namespace

extern "C" {
extern const struct pool_peer pool_tbb = { "oneTBB", start, each, tiny, sum };
extern const struct pool_peer pool_tbb_fixed = { "oneTBB deterministic", start, each, tiny,
                                                 sum_fixed };
}
