#include "cli/xml.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "support/support.h"

enum { DEPTH = 64, NAME = 64, IDS = 4096, ATTRIBUTES = 24 };

struct reader {
    const char *text, *at;
    char open[DEPTH][NAME];
    int depth;
    char id[IDS][NAME], to[IDS][NAME]; /* what is there, what is pointed at */
    int ids, tos;
};

static void fault(const struct reader *r, const char *what) {
    fail_msg("byte %zu: %s: %.60s", (size_t)(r->at - r->text), what, r->at);
}

static void pass(struct reader *r, const char *part) {
    if (strncmp(r->at, part, strlen(part)) != 0)
        fault(r, part);
    r->at += strlen(part);
}

static void pass_to(struct reader *r, const char *part) {
    const char *end = strstr(r->at, part);
    if (!end)
        fault(r, part);
    r->at = end + strlen(part);
}

static void blank(struct reader *r) {
    while (isspace((unsigned char)*r->at))
        r->at++;
}

static void name(struct reader *r, char ret[static NAME]) {
    size_t len = 0;
    while (isalnum((unsigned char)r->at[len]) || (len && strchr("-_:.", r->at[len])))
        len++;
    if (!len || len >= NAME || isdigit((unsigned char)*r->at))
        fault(r, "no name");
    memcpy(ret, r->at, len);
    ret[len] = 0;
    r->at += len;
}

static void reference(struct reader *r) {
    static const char *const known[] = {"&lt;", "&gt;", "&amp;", "&quot;", "&apos;"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (!strncmp(r->at, known[i], strlen(known[i]))) {
            r->at += strlen(known[i]);
            return;
        }
    pass(r, "&#");
    if (!isdigit((unsigned char)*r->at))
        fault(r, "no number");
    while (isdigit((unsigned char)*r->at))
        r->at++;
    pass(r, ";");
}

static void characters(struct reader *r, const char *until) {
    while (*r->at && !strchr(until, *r->at))
        if (*r->at == '&')
            reference(r);
        else if (*r->at == '<' || ((unsigned char)*r->at < 0x20 && !isspace((unsigned char)*r->at)))
            fault(r, "no character of text");
        else
            r->at++;
}

static void keep(char (*list)[NAME], int *len, const char *value, size_t value_len) {
    assert_true(*len < IDS && value_len < NAME);
    snprintf(list[(*len)++], NAME, "%.*s", (int)value_len, value);
}

static void attribute(struct reader *r, char ret[static NAME]) {
    name(r, ret);
    pass(r, "=\"");
    const char *value = r->at;
    characters(r, "\"");
    const size_t len = (size_t)(r->at - value);
    if (!strcmp(ret, "id"))
        keep(r->id, &r->ids, value, len);
    if (!strcmp(ret, "for"))
        keep(r->to, &r->tos, value, len);
    if (!strcmp(ret, "href")) {
        if (*value != '#')
            fault(r, "points out of the page");
        keep(r->to, &r->tos, value + 1, len - 1);
    }
    pass(r, "\"");
}

static void element(struct reader *r) {
    static char seen[ATTRIBUTES][NAME];
    int attributes = 0;
    if (r->depth == DEPTH)
        fault(r, "too deep");
    name(r, r->open[r->depth]);
    for (;;) {
        const bool apart = isspace((unsigned char)*r->at);
        blank(r);
        if (*r->at == '>' || *r->at == '/')
            break;
        if (!apart || attributes == ATTRIBUTES)
            fault(r, "attributes");
        attribute(r, seen[attributes]);
        for (int i = 0; i < attributes; i++)
            if (!strcmp(seen[i], seen[attributes]))
                fault(r, "an attribute is there twice");
        attributes++;
    }
    if (*r->at == '/') {
        pass(r, "/>");
    } else {
        pass(r, ">");
        r->depth++;
    }
}

static void end(struct reader *r) {
    char ended[NAME];
    name(r, ended);
    if (!r->depth || strcmp(r->open[r->depth - 1], ended) != 0)
        fault(r, "ends what is not open");
    r->depth--;
    pass(r, ">");
}

void xml_well_formed(const char *text) {
    static struct reader r;
    int roots = 0;
    memset(&r, 0, sizeof r);
    r.text = r.at = text;
    pass(&r, "<!DOCTYPE html>");
    while (*r.at) {
        if (!strncmp(r.at, "<![CDATA[", 9)) {
            pass_to(&r, "]]>");
        } else if (!strncmp(r.at, "</", 2)) {
            r.at += 2;
            end(&r);
        } else if (*r.at == '<') {
            roots += r.depth == 0;
            r.at++;
            element(&r);
        } else if (r.depth) {
            characters(&r, "<");
        } else {
            blank(&r);
            if (*r.at && *r.at != '<')
                fault(&r, "text outside of the root");
        }
    }
    if (r.depth || roots != 1)
        fault(&r, "one root, which ends");
    for (int i = 0; i < r.ids; i++)
        for (int k = 0; k < i; k++)
            if (!strcmp(r.id[i], r.id[k]))
                fail_msg("id %s is there twice", r.id[i]);
    for (int i = 0; i < r.tos; i++) {
        bool found = false;
        for (int k = 0; k < r.ids; k++)
            found = found || !strcmp(r.to[i], r.id[k]);
        if (!found)
            fail_msg("nothing has the id %s", r.to[i]);
    }
}
