/* Floating point: results to the last bit, rounding modes, exceptions, long double. */
#include "t.h"
#include <complex.h>
#include <fenv.h>
#include <math.h>

int main(void)
{
    static const double x[] = {
        0.0,   -0.0, 0.1,  0.5,   1.0,    1.5,       -2.25,    3.141592653589793,
        1e-10, 1e10, 1e22, 710.0, -745.2, 0x1p-1074, INFINITY, NAN};
    struct {
        const char *name;
        double (*f)(double);
    } const f[] = {{"sin", sin},       {"cos", cos},     {"tan", tan},     {"asin", asin},
                   {"acos", acos},     {"atan", atan},   {"exp", exp},     {"log", log},
                   {"log10", log10},   {"log2", log2},   {"sqrt", sqrt},   {"cbrt", cbrt},
                   {"sinh", sinh},     {"tanh", tanh},   {"erf", erf},     {"tgamma", tgamma},
                   {"lgamma", lgamma}, {"floor", floor}, {"ceil", ceil},   {"round", round},
                   {"trunc", trunc},   {"rint", rint},   {"expm1", expm1}, {"log1p", log1p},
                   {"j0", j0},         {"logb", logb}};

    for (size_t i = 0; i < sizeof f / sizeof *f; i++)
        for (size_t k = 0; k < sizeof x / sizeof *x; k++) {
            feclearexcept(FE_ALL_EXCEPT);
            double r = f[i].f(x[k]);
            say("%s(%g) = %a %x", f[i].name, x[k], isnan(r) ? NAN : r,
                fetestexcept(FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW));
        }
    say("%a %a %a", pow(2, 0.5), pow(-8, 1.0 / 3) != 0 ? 1.0 : 0.0, pow(10, -5));
    say("%a %a %a", fmod(10.5, 3), remainder(10.5, 3), hypot(3e200, 4e200));
    say("%a %a", fma(0x1.0000000000001p0, 0x1.0000000000001p0, -1.0), ldexp(0.75, -1070));
    int e, q;
    double whole, part = frexp(1234.5, &e);
    say("%a %d", part, e);
    part = remquo(29.0, 3.0, &q);
    say("%a %d", part, q);
    part = modf(-3.75, &whole);
    say("%a %a", part, whole);
    say("%a %a", nextafter(1, 2), nextafter(0, -1));
    say("%.6Lf %.6Lf", sqrtl(2), expl(10));
    say("%.6f %.6f", creal(csqrt(-4)), cimag(csqrt(-4)));
    volatile double one = 1, three = 3;
    static const int modes[] = {FE_TONEAREST, FE_DOWNWARD, FE_UPWARD, FE_TOWARDZERO};
    for (int i = 0; i < 4; i++) {
        V(fesetround(modes[i]));
        say("%a %a %.3f %.3f %ld", one / three, -one / three, rint(2.5), rint(-2.5), lrint(1.5));
    }
    V(fesetround(12345) != 0);
    fesetround(FE_TONEAREST);
    feclearexcept(FE_ALL_EXCEPT);
    volatile double zero = 0, r = one / zero;
    say("%g %d", r, !!fetestexcept(FE_DIVBYZERO));
    fenv_t env;
    fegetenv(&env);
    feraiseexcept(FE_INVALID);
    say("%d", !!fetestexcept(FE_INVALID));
    fesetenv(&env);
    say("%d %d", !!fetestexcept(FE_INVALID), !!fetestexcept(FE_DIVBYZERO));
    say("%d %d %d", fpclassify(0x1p-1074) == FP_SUBNORMAL, signbit(-0.0) != 0,
        isinf(INFINITY) != 0);
    return 0;
}
