/*
 * A node in a process of its own, for tests to kill and to stop:
 *
 *     fabric_peer FOLDER NODE WINDOW INLINE_BYTES
 *
 * It offers "echo", which answers as the tests' own echo does, and "hole", which never answers.
 * Says "ready" on standard output, or why not, and ends when its standard input does.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "fabric_support.h"

static void echo(void *user, struct weir_fabric_request *request) {
    answer(request);
}

static void keep(void *user, struct weir_fabric_request *request) {
}

int main(int argc, char **argv) {
    struct weir_error err = {0};
    struct weir_fabric *fabric = NULL;
    struct weir_fabric_service *service;
    char byte;
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that dies leaves nothing behind */
    if (argc != 5)
        return 2;
    struct weir_clock *clock = weir_clock_monotonic_new();
    const struct weir_fabric_conf conf = {
        .node = argv[2], .clock = clock, .inline_bytes = (size_t)atoi(argv[4])};
    struct weir_fabric_offer offer = {.name = "echo", .window = atoi(argv[3]), .handle = echo};
    int rc = weir_fabric_open_local(argv[1], &conf, &fabric, &err);
    if (!rc)
        rc = weir_fabric_offer(fabric, &offer, &service, &err);
    offer.name = "hole";
    offer.handle = keep;
    if (!rc)
        rc = weir_fabric_offer(fabric, &offer, &service, &err);
    printf("%s\n", rc ? err.text : "ready");
    fflush(stdout);
    while (!rc && read(STDIN_FILENO, &byte, 1) > 0)
        ;
    weir_fabric_close(fabric);
    weir_clock_free(clock);
    return rc != 0;
}
