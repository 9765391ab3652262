/*
 * Many bytes in one piece. Small ones lie on the heap and are copied through the medium. Large
 * ones lie in a memory file: the sender writes it, unmaps it and seals it against every change,
 * the receiver looks at the seals, then maps it. A file that could shrink under a mapping would
 * kill its reader, and one that could be written would change under checks that had passed: that
 * is why a receiver insists on all three seals, and why a sealed file is never used again.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fabric/seat.h"

enum { SEALS = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE };

void weir_fabric_payload_free(struct weir_fabric_payload *payload) {
    if (!payload)
        return;
    if (payload->fd < 0) {
        free(payload->bytes);
    } else {
        if (payload->bytes)
            munmap(payload->bytes, payload->len);
        close(payload->fd);
    }
    free(payload);
}

/* A new memory file of that size, mapped to be written. */
static int map_new(size_t size, int *ret_fd, uint8_t **ret_bytes) {
    int fd = memfd_create("weir-payload", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return WEIR_ENOMEM;
    void *bytes = MAP_FAILED;
    if (ftruncate(fd, (off_t)size) == 0)
        bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (bytes == MAP_FAILED) {
        close(fd);
        return WEIR_ENOMEM;
    }
    *ret_fd = fd;
    *ret_bytes = bytes;
    return 0;
}

int payload_new(size_t size, size_t inline_bytes, struct weir_fabric_payload **ret_payload) {
    if (size < 1 || size > WEIR_FABRIC_PAYLOAD_MAX)
        return WEIR_ERANGE;
    struct weir_fabric_payload *payload = calloc(1, sizeof *payload);
    if (!payload)
        return WEIR_ENOMEM;
    payload->len = size;
    payload->fd = -1;
    int rc = 0;
    if (size > inline_bytes)
        rc = map_new(size, &payload->fd, &payload->bytes);
    else if (!(payload->bytes = malloc(size)))
        rc = WEIR_ENOMEM;
    if (rc) {
        free(payload);
        return rc;
    }
    *ret_payload = payload;
    return 0;
}

int weir_fabric_payload_new(struct weir_fabric *fabric, size_t size,
                            struct weir_fabric_payload **ret_payload) {
    return payload_new(size, fabric->conf.inline_bytes, ret_payload);
}

struct weir_fabric_payload *payload_of_block(uint8_t *block, size_t len) {
    struct weir_fabric_payload *payload = malloc(sizeof *payload);
    if (payload)
        *payload = (struct weir_fabric_payload){block, len, -1, true, false};
    return payload;
}

static bool is_sealed(int fd, size_t len) {
    struct stat st;
    int seals = fcntl(fd, F_GET_SEALS); /* -1: it is no memory file */
    return seals >= 0 && (seals & SEALS) == SEALS && fstat(fd, &st) == 0 &&
           st.st_size == (off_t)len;
}

int payload_of_fd(int fd, size_t len, struct weir_fabric_payload **ret_payload) {
    int rc = WEIR_ECORRUPT;
    if (!is_sealed(fd, len))
        goto fail_fd;
    rc = WEIR_ENOMEM;
    void *bytes = mmap(NULL, len, PROT_READ, MAP_SHARED, fd, 0);
    if (bytes == MAP_FAILED)
        goto fail_fd;
    struct weir_fabric_payload *payload = malloc(sizeof *payload);
    if (!payload)
        goto fail_map;
    *payload = (struct weir_fabric_payload){bytes, len, fd, true, true};
    *ret_payload = payload;
    return 0;

fail_map:
    munmap(bytes, len);
fail_fd:
    close(fd);
    return rc;
}

int payload_fix(struct weir_fabric_payload *payload, size_t inline_bytes) {
    if (payload->fd < 0 && payload->len > inline_bytes) {
        int fd;
        uint8_t *bytes;
        int rc = map_new(payload->len, &fd, &bytes);
        if (rc)
            return rc;
        memcpy(bytes, payload->bytes, payload->len);
        free(payload->bytes);
        payload->bytes = bytes;
        payload->fd = fd;
    }
    payload->fixed = true;
    if (payload->fd < 0 || payload->sealed)
        return 0;
    if (payload->bytes)
        munmap(payload->bytes, payload->len); /* the kernel seals nothing that can be written */
    payload->bytes = NULL;
    /* fails while somebody else can write it: a fork of ours */
    payload->sealed = fcntl(payload->fd, F_ADD_SEALS, SEALS | F_SEAL_SEAL) == 0;
    return payload->sealed ? 0 : WEIR_ENOMEM;
}

size_t weir_fabric_payload_len(const struct weir_fabric_payload *payload) {
    return payload->len;
}

uint8_t *weir_fabric_payload_data(struct weir_fabric_payload *payload) {
    return payload->fixed ? NULL : payload->bytes;
}

const uint8_t *weir_fabric_payload_bytes(struct weir_fabric_payload *payload) {
    if (!payload->bytes) {
        void *bytes = mmap(NULL, payload->len, PROT_READ, MAP_SHARED, payload->fd, 0);
        payload->bytes = bytes == MAP_FAILED ? NULL : bytes;
    }
    return payload->bytes;
}
