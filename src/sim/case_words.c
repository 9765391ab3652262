/* What cases and settings are called, and the command that would record a case's table. */
#include <string.h>

#include "sim/case.h"

const char *sim_case_name(const struct sim_case *ready) {
    return *ready->of->name ? ready->of->name : ready->scenario->name;
}

void sim_case_print_record(const struct weir_scenario_case *of, struct weir_buf *out) {
    weir_buf_puts(out, "weir record");
    for (size_t i = 0; i < of->clips.len; i++)
        weir_buf_printf(out, " %s=SOURCE", of->clips.item[i]);
    for (int i = 0; i < of->cuts; i++) {
        bool named = false;
        for (size_t k = 0; k < of->clips.len; k++)
            named = named || !strcmp(of->clips.item[k], of->cut[i].clip);
        for (int k = 0; k < i; k++)
            named = named || !strcmp(of->cut[k].clip, of->cut[i].clip);
        if (!named)
            weir_buf_printf(out, " %s=SOURCE", of->cut[i].clip);
    }
    weir_buf_puts(out, " --models ");
    for (size_t i = 0; i < of->models.len; i++)
        weir_buf_printf(out, "%s%s", i ? "," : "", of->models.item[i]);
    if (!of->models.len)
        weir_buf_puts(out, of->reference_model ? of->reference_model : "A,B,…");
    for (int i = 0; i < of->widths; i++)
        weir_buf_printf(out, "%s%d", i ? "," : " --widths ", of->width[i]);
    for (size_t i = 0; i < of->codecs.len; i++)
        weir_buf_printf(out, "%s%s", i ? "," : " --codecs ", of->codecs.item[i]);
    weir_buf_printf(out, " -o %s", of->table);
}

void sim_case_print_setting(const struct sim_case *ready, int setting, struct weir_buf *out) {
    const struct weir_setting *s = &ready->setting[setting];
    weir_buf_printf(out, "%s %dx%d", ready->model[s->model], s->width, s->height);
    if (s->travel != WEIR_TRAVEL_NONE)
        weir_buf_printf(out, " %s %d", s->travel == WEIR_TRAVEL_JPEG ? "jpeg" : "h264", s->quality);
    weir_buf_printf(out, " at %s", ready->site.node[s->node].name);
}
