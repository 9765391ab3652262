/* Text for a page: nothing that stands in a name can end an element or an attribute. */
#include "cli/html.h"

#include <math.h>

/*
 * Length of the character at s, 0 if it is none that XML has: UTF-8 by Unicode 15, table 3-7,
 * without the control characters. The NUL at the end is no continuation byte.
 */
static size_t character(const unsigned char *s) {
    static const struct {
        unsigned char from, to, low, high; /* of the first byte, of the second */
        unsigned char len;
    } row[] = {
        {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3}, {0xE1, 0xEC, 0x80, 0xBF, 3},
        {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3}, {0xF0, 0xF0, 0x90, 0xBF, 4},
        {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
    };
    if (s[0] < 0x80)
        return s[0] >= 0x20 && s[0] != 0x7F;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        if (s[0] < row[i].from || s[0] > row[i].to)
            continue;
        if (s[1] < row[i].low || s[1] > row[i].high)
            return 0;
        for (size_t k = 2; k < row[i].len; k++)
            if (s[k] < 0x80 || s[k] > 0xBF)
                return 0;
        if (s[0] == 0xEF && s[1] == 0xBF && s[2] >= 0xBE) /* U+FFFE, U+FFFF */
            return 0;
        return row[i].len;
    }
    return 0;
}

void cli_html_text(struct weir_buf *out, const char *text) {
    const unsigned char *s = (const unsigned char *)text;
    while (*s) {
        const size_t len = character(s);
        if (*s == '<')
            weir_buf_puts(out, "&lt;");
        else if (*s == '>')
            weir_buf_puts(out, "&gt;");
        else if (*s == '&')
            weir_buf_puts(out, "&amp;");
        else if (*s == '"')
            weir_buf_puts(out, "&#34;");
        else if (*s == '\'')
            weir_buf_puts(out, "&#39;");
        else if (*s == '\n' || *s == '\t')
            weir_buf_putc(out, ' ');
        else if (!len)
            weir_buf_puts(out, "\xEF\xBF\xBD");
        else
            weir_buf_add(out, (const char *)s, len);
        s += len ? len : 1;
    }
}

void cli_html_num(struct weir_buf *out, double value, int digits) {
    if (!isfinite(value))
        weir_buf_puts(out, "\xE2\x80\x93");
    else
        weir_buf_printf(out, "%.*f", digits, value);
}
