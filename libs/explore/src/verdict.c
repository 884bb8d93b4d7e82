/* verdict.c - what verdicts are called. */
#include "base/attr.h"
#include "engine.h"

const char *verdict_name(enum verdict verdict) {
    static const char *const names[VERDICTS] = {
        "held", "assertion", "deadlock", "lost wake-up", "livelock", "data race", "leak",
        "misuse", "output differs", "history", "uncontrolled", "crashed" };
    return (unsigned)verdict < VERDICTS ? names[verdict] : "unknown";
}
