/* What cases and settings are called, and the command that would record a case's table. */
#include <string.h>

#include "sim/case.h"

const char *sim_case_name(const struct sim_case *ready) {
    return *ready->of->name ? ready->of->name : ready->scenario->name;
}

/* All that the scenario or its site names, once each. */
static void print_models(const struct sim_case *ready, struct weir_buf *out) {
    const struct weir_scenario_case *of = ready->of;
    if (!of->models.len && of->reference_model)
        weir_buf_printf(out, "%s", of->reference_model);
    for (size_t i = 0; i < of->models.len; i++)
        weir_buf_printf(out, "%s%s", i ? "," : "", of->models.item[i]);
    if (of->models.len)
        return;
    bool any = of->reference_model != NULL;
    for (size_t n = 0; n < ready->site.node_len; n++) {
        const struct weir_strings *models = &ready->site.node[n].models;
        for (size_t i = 0; i < models->len; i++) {
            bool told = of->reference_model && !strcmp(models->item[i], of->reference_model);
            for (size_t k = 0; k <= n && !told; k++) {
                const struct weir_strings *before = &ready->site.node[k].models;
                for (size_t j = 0; j < (k == n ? i : before->len) && !told; j++)
                    told = !strcmp(before->item[j], models->item[i]);
            }
            if (!told)
                weir_buf_printf(out, "%s%s", any ? "," : "", models->item[i]);
            any = any || !told;
        }
    }
    if (!any)
        weir_buf_puts(out, "A,B,…");
}

void sim_case_print_record(const struct sim_case *ready, struct weir_buf *out) {
    const struct weir_scenario_case *of = ready->of;
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
    print_models(ready, out);
    for (int i = 0; i < of->widths; i++)
        weir_buf_printf(out, "%s%d", i ? "," : " --widths ", of->width[i]);
    bool named = !of->audit_width;
    for (int i = 0; i < of->widths; i++)
        named = named || of->width[i] == of->audit_width;
    if (!named)
        weir_buf_printf(out, "%s,%d", of->widths ? "" : " --widths A,B,…", of->audit_width);
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
