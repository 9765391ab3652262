/*
 * The bounds are quantiles of beta distributions; they are found by halving the interval
 * on the regularised incomplete beta function, which is worked out by its continued
 * fraction (Lentz's method).
 */
#include "eval/interval.h"

#include <math.h>

static double fraction(double a, double b, double x) {
    const double tiny = 1e-300;
    double c = 1, d = 1 - (a + b) * x / (a + 1);
    d = 1 / (fabs(d) < tiny ? tiny : d);
    double h = d;
    for (int m = 1; m <= 100000; m++) {
        double step = 1;
        for (int odd = 0; odd < 2; odd++) {
            double term = odd ? -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
                              : m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
            d = 1 + term * d;
            d = 1 / (fabs(d) < tiny ? tiny : d);
            c = 1 + term / c;
            c = fabs(c) < tiny ? tiny : c;
            step = c * d;
            h *= step;
        }
        if (fabs(step - 1) < 1e-15)
            break;
    }
    return h;
}

/* lgamma itself writes a global sign, and threads must not meet there. x > 0: it is positive. */
static double log_gamma(double x) {
    int sign;
    return lgamma_r(x, &sign);
}

/* P(X <= x) of a beta distribution. */
static double beta_below(double a, double b, double x) {
    if (x <= 0 || x >= 1)
        return x >= 1;
    double front = exp(log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * log(x) + b * log1p(-x));
    return x < (a + 1) / (a + b + 2) ? front * fraction(a, b, x) / a
                                     : 1 - front * fraction(b, a, 1 - x) / b;
}

static double beta_quantile(double a, double b, double p) {
    double low = 0, high = 1;
    for (int i = 0; i < 100 && high - low > 1e-15; i++) {
        double middle = (low + high) / 2;
        if (beta_below(a, b, middle) < p)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}

struct weir_interval weir_interval_exact(int64_t k, int64_t n, double confidence) {
    double tail = (1 - confidence) / 2, hits = (double)k, rest = (double)(n - k);
    return (struct weir_interval){
        .low = k > 0 ? beta_quantile(hits, rest + 1, tail) : 0,
        .high = k < n ? beta_quantile(hits + 1, rest, 1 - tail) : 1,
    };
}
