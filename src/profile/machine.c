/* Which machine this is, from the kernel's own texts. */
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "profile/costs.h"

/* The first "model name" of /proc/cpuinfo; machines without one say it as "Model" or not at
 * all. */
static bool read_cpu(char *ret, size_t size) {
    char line[512];
    bool found = false;
    FILE *in = fopen("/proc/cpuinfo", "re");
    while (in && !found && fgets(line, sizeof line, in)) {
        const char *value = strchr(line, ':');
        found = value && (!strncmp(line, "model name", 10) || !strncmp(line, "Model", 5));
        if (found) {
            value += strspn(value, ": \t");
            snprintf(ret, size, "%.*s", (int)strcspn(value, "\n"), value);
        }
    }
    if (in)
        fclose(in);
    return found && *ret;
}

void weir_costs_this_machine(struct weir_costs_machine *ret) {
    struct utsname name = {0};
    bool named = !uname(&name);
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    time_t now = time(NULL);
    struct tm utc = {0};
    *ret = (struct weir_costs_machine){.cores = cores > 0 ? (int)cores : 1};
    if (!read_cpu(ret->cpu, sizeof ret->cpu))
        snprintf(ret->cpu, sizeof ret->cpu, "%.100s", named ? name.machine : "unknown");
    snprintf(ret->kernel, sizeof ret->kernel, "%.60s", named ? name.release : "unknown");
    snprintf(ret->program, sizeof ret->program, "%s", WEIR_VERSION);
    gmtime_r(&now, &utc);
    strftime(ret->measured, sizeof ret->measured, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

bool weir_costs_same_machine(const struct weir_costs_machine *a,
                             const struct weir_costs_machine *b) {
    return a->cores == b->cores && !strcmp(a->cpu, b->cpu);
}
