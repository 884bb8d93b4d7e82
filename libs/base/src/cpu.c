/* cpu.c - the vector level of this machine, and of this run. */
#include "base/cpu.h"

#include <stddef.h>

#include "base/attr.h"

static const char *const names[] = {
    [CPU_PORTABLE] = "portable",
    [CPU_AVX2] = "avx2",
    [CPU_AVX512] = "avx512",
};

static enum cpu_level machine_level(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
                    __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("fma");
    bool has_avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    return !has_avx2 ? CPU_PORTABLE : has_avx512 ? CPU_AVX512 : CPU_AVX2;
#else
    return CPU_PORTABLE;
#endif
}

static enum cpu_level level_now;

/* Before main(), so that cpu_level() is a plain read on any thread. */
__attribute__((constructor)) static void detect(void) {
    level_now = machine_level();
}

enum cpu_level cpu_level(void) {
    return level_now;
}

void cpu_set_level(enum cpu_level level) {
    enum cpu_level machine = machine_level();
    level_now = level < machine ? level : machine;
}

static bool same_text(const char *a, const char *b) {
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

bool cpu_level_from_name(const char *name, enum cpu_level *out_level) {
    for (size_t level = 0; level < COUNT_OF(names); level++) {
        if (same_text(name, names[level])) {
            *out_level = (enum cpu_level)level;
            return true;
        }
    }
    return false;
}
