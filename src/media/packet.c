/*
 * Compressed bytes on their way to a decoder. Packets share the description of
 * their codec; a decoder that meets a packet with another weir_codec than the
 * one before starts anew. The counts are atomic, nothing else changes once made.
 */
#include "media/packet.h"

#include <stdlib.h>
#include <string.h>

struct weir_codec *weir_codec_new(const char *name) {
    struct weir_codec *codec = calloc(1, sizeof *codec);
    if (!codec)
        return NULL;
    weir_ref_init(&codec->ref);
    strncpy(codec->name, name ? name : "", sizeof codec->name - 1);
    codec->pixel_hint = -1;
    return codec;
}

struct weir_codec *weir_codec_ref(struct weir_codec *codec) {
    if (codec)
        weir_ref_take(&codec->ref);
    return codec;
}

void weir_codec_unref(struct weir_codec **codec_ptr) {
    if (!codec_ptr || !*codec_ptr)
        return;
    struct weir_codec *codec = *codec_ptr;
    *codec_ptr = NULL;
    if (!weir_ref_drop(&codec->ref))
        return;
    free(codec->extradata);
    free(codec);
}

struct weir_packet *weir_packet_new(struct weir_codec *codec) {
    struct weir_packet *packet = calloc(1, sizeof *packet);
    if (!packet)
        return NULL;
    weir_ref_init(&packet->ref);
    packet->codec = weir_codec_ref(codec);
    packet->dts_ns = -1;
    return packet;
}

struct weir_packet *weir_packet_ref(struct weir_packet *packet) {
    if (packet)
        weir_ref_take(&packet->ref);
    return packet;
}

void weir_packet_unref(struct weir_packet **packet_ptr) {
    if (!packet_ptr || !*packet_ptr)
        return;
    struct weir_packet *packet = *packet_ptr;
    *packet_ptr = NULL;
    if (!weir_ref_drop(&packet->ref))
        return;
    if (packet->free)
        packet->free(packet, packet->owner);
    weir_codec_unref(&packet->codec);
    free(packet);
}
