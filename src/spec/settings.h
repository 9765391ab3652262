/* What option.c, value by value, offers to the rest of spec. */
#ifndef WEIR_SPEC_SETTINGS_H
#define WEIR_SPEC_SETTINGS_H

#include "spec/option.h"
#include "spec/reader.h"

/* weir_option_set without the key: why receives "found …; allowed: …". */
int spec_option_parse(const struct weir_option *opt, struct weir_settings *set, const char *text,
                      struct weir_buf *why);
/* Replaces the list of a STRINGS option; takes over what value holds. */
void spec_option_take_strings(const struct weir_option *opt, struct weir_settings *set,
                              struct weir_strings *value);
/* Reads a node into the setting, complaining under the option's key. */
void spec_option_read(const struct weir_option *opt, struct weir_settings *set,
                      const struct spec_node *node, struct spec_reader *reader);

int spec_settings_init(struct weir_settings *set, struct weir_error *err);
void spec_settings_done(struct weir_settings *set);
/* Every section of the table in YAML; comments says what each key means. */
void spec_settings_print(const struct weir_settings *set, bool comments, struct weir_buf *out);

/* Length of "detect" in "detect.conf", of "strategy". */
size_t spec_section_len(const struct weir_option *opt);
/* "conf" in "detect.conf", "strategy". */
const char *spec_option_name(const struct weir_option *opt);

#endif
