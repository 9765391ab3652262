/*
 * A hop without its network. JPEG stands alone: each thread has encoders and decoders of its own.
 * H.264 goes on from frame to frame: its encoder and decoder are the stream's.
 */
#include <stdlib.h>

#include "emu/state.h"

static int new_encoder(const struct weir_emu_stock *stock, int setting, double rate_fps,
                       struct weir_encoder **ret, struct weir_error *err) {
    const struct weir_setting *s = &stock->conf.setting[setting];
    const struct weir_encoder_conf conf = {
        .coding = s->travel == WEIR_TRAVEL_H264 ? WEIR_CODING_H264 : WEIR_CODING_JPEG,
        .width = stock->travels[setting].width,
        .height = stock->travels[setting].height,
        .quality = s->quality,
        .rate_fps = rate_fps,
    };
    return weir_encoder_new(&conf, ret, err);
}

static int decode(struct weir_stage *stage, struct weir_packet *packet, struct weir_image **ret,
                  struct weir_error *err) {
    struct weir_frame *frame = NULL;
    int rc = weir_decode_by_hand(stage, packet, &frame, err);
    if (!rc)
        *ret = weir_image_ref(frame->image);
    weir_frame_free(frame);
    return rc;
}

void emu_chain_done(struct emu_chain *chain) {
    weir_encoder_free(chain->encoder);
    weir_stage_free(chain->decode);
}

int emu_tools_init(struct emu_tools *tools, struct weir_emu_stock *stock) {
    const size_t settings = (size_t)stock->conf.settings;
    *tools = (struct emu_tools){stock, calloc(settings, sizeof *tools->jpeg),
                                calloc(settings, sizeof *tools->decode),
                                calloc(settings, sizeof *tools->detect)};
    return tools->jpeg && tools->decode && tools->detect ? 0 : WEIR_ENOMEM;
}

void emu_tools_done(struct emu_tools *tools) {
    for (int i = 0; tools->stock && i < tools->stock->conf.settings; i++) {
        if (tools->jpeg)
            weir_encoder_free(tools->jpeg[i]);
        if (tools->decode)
            weir_stage_free(tools->decode[i]);
        if (tools->detect)
            weir_stage_free(tools->detect[i]);
    }
    free(tools->jpeg);
    free(tools->decode);
    free(tools->detect);
}

int emu_encode_jpeg(struct emu_tools *tools, int setting, struct weir_image *image,
                    struct weir_packet **ret, struct weir_error *err) {
    int rc = 0;
    if (!tools->jpeg[setting])
        rc = new_encoder(tools->stock, setting, 25, &tools->jpeg[setting], err);
    return rc ? rc : weir_encoder_push(tools->jpeg[setting], image, true, ret, err);
}

int emu_decode_jpeg(struct emu_tools *tools, int setting, struct weir_packet *packet,
                    enum weir_matrix matrix, struct weir_image **ret, struct weir_error *err) {
    const struct weir_stage_conf conf = emu_stage_conf(tools->stock);
    int rc = 0;
    if (!tools->decode[setting])
        rc = weir_stage_decode.open(&conf, &tools->decode[setting], err);
    if (!rc)
        rc = decode(tools->decode[setting], packet, ret, err);
    if (!rc)
        (*ret)->matrix = matrix;
    return rc;
}

int emu_encode_h264(struct weir_emu_stock *stock, struct emu_chain *chain, int setting,
                    double rate_fps, bool key, struct weir_image *image, struct weir_packet **ret,
                    struct weir_error *err) {
    const struct weir_setting *all = stock->conf.setting;
    const int had = chain->coder;
    int rc = 0;
    if (!chain->encoder || stock->travels[had].width != stock->travels[setting].width ||
        stock->travels[had].height != stock->travels[setting].height ||
        all[had].quality != all[setting].quality) {
        weir_encoder_free(chain->encoder);
        chain->encoder = NULL;
        rc = new_encoder(stock, setting, rate_fps, &chain->encoder, err);
    }
    chain->coder = setting;
    return rc ? rc : weir_encoder_push(chain->encoder, image, key, ret, err);
}

int emu_decode_h264(struct weir_emu_stock *stock, struct emu_chain *chain, bool key,
                    struct weir_packet *packet, struct weir_image **ret, struct weir_error *err) {
    const struct weir_stage_conf conf = emu_stage_conf(stock);
    int rc = 0;
    if (key) { /* another node, or the same one after a gap: it begins anew */
        weir_stage_free(chain->decode);
        chain->decode = NULL;
        rc = weir_stage_decode.open(&conf, &chain->decode, err);
    }
    if (!rc && !chain->decode)
        rc = weir_fail(err, WEIR_EINTERNAL, "H.264 goes on where nothing began");
    return rc ? rc : decode(chain->decode, packet, ret, err);
}

int emu_detect(struct emu_tools *tools, int setting, struct weir_image *image,
               struct weir_frame **ret, struct weir_error *err) {
    const int looks = tools->stock->looks[setting];
    struct weir_stage_conf conf = emu_stage_conf(tools->stock);
    int rc = 0;
    conf.model = tools->stock->looker[looks].handle;
    if (!tools->detect[looks])
        rc = weir_stage_detect.open(&conf, &tools->detect[looks], err);
    return rc ? rc : weir_detect_by_hand(tools->detect[looks], image, ret, err);
}
