/* The progress line, and quantities as people read them. */
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/cli.h"

enum { REDRAW_MS = 100, PLAIN_S = 5, BAR_CELLS = 24 };

void cli_progress_init(struct cli_progress *progress, FILE *out) {
    *progress = (struct cli_progress){.out = out, .terminal = isatty(fileno(out)) == 1};
}

bool cli_progress_due(struct cli_progress *progress, int64_t now_ns) {
    int64_t every = progress->terminal ? REDRAW_MS * WEIR_NS_PER_MS : PLAIN_S * WEIR_NS_PER_S;
    if (!progress->last_ns) {
        progress->last_ns = now_ns; /* the first line has something to tell */
        return false;
    }
    return now_ns - progress->last_ns >= every;
}

/* Of the line, what one row holds: a wrapped one could not be taken back. The last
 * column stays free, where some terminals wrap already. */
static int fitting(FILE *out, const char *line) {
    struct winsize size;
    int len = (int)strlen(line);
    if (ioctl(fileno(out), TIOCGWINSZ, &size) || !size.ws_col || len < size.ws_col)
        return len;
    return size.ws_col - 1;
}

void cli_progress_show(struct cli_progress *progress, int64_t now_ns, const char *line) {
    if (progress->terminal)
        fprintf(progress->out, "\r\033[K%.*s", fitting(progress->out, line), line);
    else
        fprintf(progress->out, "%s\n", line);
    fflush(progress->out);
    progress->last_ns = now_ns;
    progress->drawn = true;
}

void cli_progress_clear(struct cli_progress *progress) {
    if (progress->terminal && progress->drawn) {
        fputs("\r\033[K", progress->out);
        fflush(progress->out);
    }
    progress->drawn = false;
}

void cli_progress_bar(struct weir_buf *out, double share, int width) {
    int full = (int)(share * width + 0.5);
    weir_buf_putc(out, '[');
    for (int i = 0; i < width; i++)
        weir_buf_putc(out, i < full ? '#' : '-');
    weir_buf_putc(out, ']');
}

void cli_progress_count(struct weir_buf *out, int64_t done, int64_t total, const char *what,
                        double elapsed_s) {
    cli_progress_bar(out, (double)done / (double)total, BAR_CELLS);
    weir_buf_printf(out, " %lld of %lld %s", (long long)done, (long long)total, what);
    if (done > 0) {
        weir_buf_puts(out, "  ETA ");
        cli_print_duration(out, elapsed_s / (double)done * (double)(total - done));
    }
}

void cli_print_bytes(struct weir_buf *out, int64_t bytes) {
    static const char *const unit[] = {"B", "kB", "MB", "GB", "TB"};
    double value = (double)bytes;
    int i = 0;
    for (; value >= 1000 && i < 4; i++)
        value /= 1000;
    weir_buf_printf(out, i ? "%.1f %s" : "%.0f %s", value, unit[i]);
}

void cli_print_duration(struct weir_buf *out, double seconds) {
    int64_t s = (int64_t)(seconds + 0.5);
    if (s >= 3600)
        weir_buf_printf(out, "%lld:%02lld:%02lld", (long long)(s / 3600), (long long)(s / 60 % 60),
                        (long long)(s % 60));
    else
        weir_buf_printf(out, "%lld:%02lld", (long long)(s / 60), (long long)(s % 60));
}
