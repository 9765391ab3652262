/* What a coding is made of: one row of the table in encode.c, and one file. */
#ifndef WEIR_PIPELINE_ENCODE_CODING_H
#define WEIR_PIPELINE_ENCODE_CODING_H

#include "pipeline/encode/encode.h"

struct coding {
    const char *name; /* "jpeg" */
    const char *codec; /* FFmpeg's name of what comes out: "mjpeg" */
    int quality_min, quality_max;
    const char *quality; /* what its numbers mean, for messages */
    /* conf was checked as far as it is the same for all codings. The encoder comes with
     * its own part ready; encode.c fills in the common one. */
    int (*open)(const struct weir_encoder_conf *conf, struct weir_encoder **ret_encoder,
                struct weir_error *err);
    /* image was checked. */
    int (*push)(struct weir_encoder *encoder, struct weir_image *image, bool key,
                struct weir_packet **ret_packet, struct weir_error *err);
    /* Frees its own part, and the encoder. */
    void (*free)(struct weir_encoder *encoder);
};

/* What every encoder begins with. */
struct weir_encoder {
    const struct coding *coding;
    struct weir_codec *codec; /* that of all its packets */
    int width, height;
};

extern const struct coding coding_jpeg;
extern const struct coding coding_h264;

/* A packet of encoder's with a copy of those bytes and zeros behind them. ENOMEM. */
int coding_packet(const struct weir_encoder *encoder, const void *bytes, size_t len, bool key,
                  struct weir_packet **ret_packet, struct weir_error *err);

#endif
