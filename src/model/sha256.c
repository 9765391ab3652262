/*
 * SHA-256 of a file, read in blocks: models are verified before they are used
 * under their name. The digest itself is nettle's.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <nettle/sha2.h>

#include "model/model.h"

enum { BLOCK = 1 << 16 };

static void to_hex(const uint8_t *digest, char hex[65]) {
    static const char digit[] = "0123456789abcdef";
    for (size_t i = 0; i < SHA256_DIGEST_SIZE; i++) {
        hex[2 * i] = digit[digest[i] >> 4];
        hex[2 * i + 1] = digit[digest[i] & 15];
    }
    hex[64] = '\0';
}

int weir_sha256_file(const char *path, char ret_hex[65], struct weir_error *err) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return weir_fail(err, weir_err_from_errno(errno), "%s: cannot be opened: %s", path,
                         strerror(errno));

    struct sha256_ctx sum;
    sha256_init(&sum);
    uint8_t block[BLOCK];
    for (;;) {
        ssize_t n = read(fd, block, sizeof block);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            int code = errno;
            close(fd);
            return weir_fail(err, WEIR_EIO, "%s: cannot be read: %s", path, strerror(code));
        }
        if (n == 0)
            break;
        sha256_update(&sum, (size_t)n, block);
    }
    close(fd);

    uint8_t digest[SHA256_DIGEST_SIZE];
    sha256_digest(&sum, sizeof digest, digest);
    to_hex(digest, ret_hex);
    return 0;
}
