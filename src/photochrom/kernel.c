/* The photograph's road at full size in one pass, 8 or 16 bits in and out: lightness, join, Lab, gamut, sRGB.

The same formulas stand in `color_planes.py`, `join.py` and `rendering/by_numpy.py`, where NumPy passes over memory once an
operation; those are the reference, and what runs where this file was not compiled. Here a pixel's numbers stay in the
processor. Tables and planes are made by `photo/lightness.py`, `rendering/by_kernel.py` and `join.py`.

C99 with builtins of GCC and Clang, and libm. No global state: any number of threads may call it at once.
*/
#include <stddef.h>
#include <stdint.h>

#define BLOCK 512 /* pixels at a time: what is known of them, some 46 KB, stays in a core's nearest caches */

/* Compiled for several generations of processors, the best of which is taken when the library is loaded. */
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 12
#define EVERY_PROCESSOR __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define EVERY_PROCESSOR
#endif

#ifndef SOURCE
#define SOURCE "" /* SHA-256 of this file: the library of another one is not used */
#endif
const char photochrom_source[] = SOURCE;

typedef struct { /* what the stored values of a pixel mean */
    const float *lightness; /* [top + 1] L* of a gray pixel */
    const float *luminance; /* [4, top + 1] what red, green, blue and gray bring to Y */
    const float *level;     /* [steps + 2] L* of Y = 0, 1 / steps, ... 1, 1 */
    int32_t top, steps;
} Light;

typedef struct { /* Lab to sRGB */
    const float *curve;    /* [steps + 2] values 0..top of linear light 0, 1 / steps, ... 1, 1 */
    const float *boundary; /* [levels, hues + 1] the largest |a| + |b| in the gamut */
    int32_t steps, levels, hues;
    float matrix[9];       /* linear sRGB of XYZ / white */
    float tolerance;       /* linear light above 1 that is still in the gamut */
} Colors;

typedef struct { /* the join: color follows lightness on lines that change from place to place */
    const float *planes;       /* [6, grid, width]: slopes of a and b, offsets of a and b, least and largest L* */
    const ptrdiff_t *low, *high; /* [height] which rows of the grid a row of the picture lies between */
    const float *share;        /* [height] and how near to the second one */
    ptrdiff_t grid, width;
} Lines;

typedef float Row[BLOCK];

static inline float between(const float *table, int32_t at, float share) {
    return table[at] + share * (table[at + 1] - table[at]);
}

/* A table of a function over 0..1 at some value, linearly between its entries. */
static inline float looked_up(const float *table, int32_t steps, float value) {
    const float positive = value > 0 ? value : 0, held = positive < 1 ? positive : 1, place = held * (float)steps;
    const int32_t at = (int32_t)place;
    return between(table, at, place - (float)at);
}

/* One channel of n pixels, every `bands`th number, as places in a table. */
static inline void taken(const void *pixels, int wide, int bands, ptrdiff_t first, int n, int32_t *restrict out) {
    if (wide)
        for (int i = 0; i < n; i++) out[i] = ((const uint16_t *)pixels)[first + (ptrdiff_t)i * bands];
    else
        for (int i = 0; i < n; i++) out[i] = ((const uint8_t *)pixels)[first + (ptrdiff_t)i * bands];
}

/* L* and Y of n pixels. Three equal channels are a gray pixel. */
static inline void light_of(const Light *light, const void *pixels, int wide, int bands, ptrdiff_t from, int n,
                            float *restrict level, float *restrict luminance) {
    const ptrdiff_t values = light->top + 1;
    const float *restrict gray_level = light->lightness, *restrict by_light = light->level;
    const float *restrict red = light->luminance, *green = red + values, *blue = green + values, *gray = blue + values;
    const int32_t steps = light->steps;
    int32_t r[BLOCK], g[BLOCK], b[BLOCK];
    taken(pixels, wide, bands, from * bands, n, r);
    if (bands == 1) {
        for (int i = 0; i < n; i++) {
            luminance[i] = gray[r[i]];
            level[i] = gray_level[r[i]];
        }
        return;
    }
    taken(pixels, wide, bands, from * bands + 1, n, g);
    taken(pixels, wide, bands, from * bands + 2, n, b);
    for (int i = 0; i < n; i++) {
        const float sum = red[r[i]] + green[g[i]] + blue[b[i]], high = looked_up(by_light, steps, sum);
        const float as_gray = gray[r[i]], gray_high = gray_level[r[i]];
        const int even = (r[i] == g[i]) & (g[i] == b[i]);
        luminance[i] = even ? as_gray : sum;
        level[i] = even ? gray_high : high;
    }
}

/* CIE 1976: the inverse of f. */
static inline float expanded(float f) { return f > 0.2068966f ? f * f * f : (f - 16.0f / 116) * (1 / 7.787f); }

static inline void linear_of(const float *m, float level, float a, float b, float luminance, float *red, float *green,
                             float *blue) {
    const float y = level * (1 / 116.0f) + 16.0f / 116;
    const float x = expanded(y + a * (1 / 500.0f)), z = expanded(y - b * (1 / 200.0f));
    *red = m[0] * x + m[1] * luminance + m[2] * z;
    *green = m[3] * x + m[4] * luminance + m[5] * z;
    *blue = m[6] * x + m[7] * luminance + m[8] * z;
}

/* The largest part, up to 1, of (a, b) that is in the gamut; `color_planes.gamut_share`. */
static float gamut_share(const Colors *colors, float level, float a, float b) {
    const float length = __builtin_fmaxf(__builtin_fabsf(a) + __builtin_fabsf(b), 1e-6f);
    const float turn = (b < 0 ? 3 + a / length : 1 - a / length) * (float)(colors->hues / 4);
    const float high = level * (float)(colors->levels - 1) * 0.01f;
    const int32_t row = high < (float)(colors->levels - 2) ? (int32_t)high : colors->levels - 2;
    const int32_t column = turn < (float)(colors->hues - 1) ? (int32_t)turn : colors->hues - 1;
    const int32_t at = row * (colors->hues + 1) + column;
    const float lower = between(colors->boundary, at, turn - (float)column);
    const float upper = between(colors->boundary, at + colors->hues + 1, turn - (float)column);
    const float reach = (lower + (high - (float)row) * (upper - lower)) / length;
    return reach < 1 ? reach : 1;
}

/* How far from the gray of the same Y a channel may go towards 0 or 1, as a part of where it is. */
static inline float room(float value, float gray) {
    const float reach = value - gray, space = reach > 0 ? 1 - gray : gray, size = reach > 0 ? reach : -reach;
    return size > space ? space / size : 1;
}

/* What is outside 0..1 by less than the tolerance comes inside, Y unchanged; `color_planes.squeeze`. */
static void squeezed(float *red, float *green, float *blue, float luminance) {
    const float gray = luminance > 0 ? (luminance < 1 ? luminance : 1) : 0;
    float share = room(*red, gray);
    share = __builtin_fminf(share, room(*green, gray));
    share = __builtin_fminf(share, room(*blue, gray));
    *red = gray + (*red - gray) * share;
    *green = gray + (*green - gray) * share;
    *blue = gray + (*blue - gray) * share;
}

/* Linear light as the values to store, still with a half above their whole part. */
static inline void shown(const Colors *colors, int n, float *restrict channel) {
    const float *restrict curve = colors->curve;
    const int32_t steps = colors->steps;
    for (int i = 0; i < n; i++) channel[i] = looked_up(curve, steps, channel[i]) + 0.5f;
}

/* a and b of n pixels of a row, by the lines at this place. */
static inline void joined(const Lines *lines, ptrdiff_t row, ptrdiff_t from, int n, const float *restrict level,
                          float *restrict a, float *restrict b) {
    const ptrdiff_t plane = lines->grid * lines->width;
    const float *restrict low = lines->planes + lines->low[row] * lines->width + from;
    const float *restrict high = lines->planes + lines->high[row] * lines->width + from;
    const float share = lines->share[row];
    for (int i = 0; i < n; i++) {
#define ENLARGED(k) (low[(k) * plane + i] + share * (high[(k) * plane + i] - low[(k) * plane + i]))
        const float least = ENLARGED(4), most = ENLARGED(5);
        float held = level[i] > least ? level[i] : least;
        held = held < most ? held : most;
        a[i] = ENLARGED(0) * held + ENLARGED(2);
        b[i] = ENLARGED(1) * held + ENLARGED(3);
#undef ENLARGED
    }
}

EVERY_PROCESSOR
void photochrom_lightness(const Light *light, const void *pixels, int wide, int bands, ptrdiff_t count, float *level) {
    Row luminance;
    for (ptrdiff_t from = 0; from < count; from += BLOCK) {
        const int n = (int)(count - from < BLOCK ? count - from : BLOCK);
        light_of(light, pixels, wide, bands, from, n, level + from, luminance);
    }
}

/* Rows top.. of a picture of `present` rows added up to `rows` fewer ones, of which `sums` begins with `begin`; a row that
lies across the border of two is shared out. [count, width] in; sums [.., width] are added to. `photo/shrink.py` */
EVERY_PROCESSOR
void photochrom_row_sums(const float *restrict values, ptrdiff_t top, ptrdiff_t count, ptrdiff_t width,
                         ptrdiff_t present, ptrdiff_t rows, ptrdiff_t begin, float *restrict sums) {
    for (ptrdiff_t row = 0; row < count; row++) {
        const ptrdiff_t first = (top + row) * rows / present, over = (top + row + 1) * rows - (first + 1) * present;
        const float beyond = over > 0 ? (float)over / (float)rows : 0, within = 1 - beyond;
        const float *restrict from = values + row * width;
        float *restrict to = sums + (first - begin) * width, *restrict next = to + width;
        for (ptrdiff_t i = 0; i < width; i++) to[i] += within * from[i];
        if (over > 0)
            for (ptrdiff_t i = 0; i < width; i++) next[i] += beyond * from[i];
    }
}

/* Rows top.. of a photograph in the colors of its join.

pixels   [rows, width, bands], bands 1 or 3, 8 bits or, if `wide`, 16; out [rows, width, 3] of the same depth
own      [2, rows, width] the photograph's own a and b, or NULL; `strength` 0..1 goes from these to the join's
*/
EVERY_PROCESSOR
void photochrom_render(const Light *light, const Colors *colors, const Lines *lines, const void *pixels, int wide,
                       int bands, ptrdiff_t top, ptrdiff_t rows, const float *own, float strength, void *out) {
    const ptrdiff_t width = lines->width;
    const float limit = 1 + colors->tolerance;
    float m[9];
    for (int i = 0; i < 9; i++) m[i] = colors->matrix[i];
    Row level, luminance, a, b, red, green, blue, outside;
    for (ptrdiff_t row = 0; row < rows; row++)
        for (ptrdiff_t from = 0; from < width; from += BLOCK) {
            const int n = (int)(width - from < BLOCK ? width - from : BLOCK);
            const ptrdiff_t place = row * width + from;
            light_of(light, pixels, wide, bands, place, n, level, luminance);
            joined(lines, top + row, from, n, level, a, b);
            if (own)
                for (int i = 0; i < n; i++) {
                    const float own_a = own[place + i], own_b = own[rows * width + place + i];
                    a[i] = own_a + strength * (a[i] - own_a);
                    b[i] = own_b + strength * (b[i] - own_b);
                }
            int misfits = 0;
            for (int i = 0; i < n; i++) {
                linear_of(m, level[i], a[i], b[i], luminance[i], &red[i], &green[i], &blue[i]);
                const float lower = red[i] < green[i] ? red[i] : green[i], least = lower < blue[i] ? lower : blue[i];
                const float upper = red[i] > green[i] ? red[i] : green[i], most = upper > blue[i] ? upper : blue[i];
                outside[i] = -least > most - limit ? -least : most - limit;
                misfits |= outside[i] > 0;
            }
            if (misfits)
                for (int i = 0; i < n; i++)
                    if (outside[i] > 0) {
                        const float share = gamut_share(colors, level[i], a[i], b[i]);
                        linear_of(m, level[i], a[i] * share, b[i] * share, luminance[i], &red[i], &green[i], &blue[i]);
                    }
            if (wide)
                for (int i = 0; i < n; i++) squeezed(&red[i], &green[i], &blue[i], luminance[i]);
            shown(colors, n, red);
            shown(colors, n, green);
            shown(colors, n, blue);
            if (wide) {
                uint16_t *restrict to = (uint16_t *)out + place * 3;
                for (int i = 0; i < n; i++) {
                    to[3 * i] = (uint16_t)red[i];
                    to[3 * i + 1] = (uint16_t)green[i];
                    to[3 * i + 2] = (uint16_t)blue[i];
                }
            } else {
                uint8_t *restrict to = (uint8_t *)out + place * 3;
                for (int i = 0; i < n; i++) {
                    to[3 * i] = (uint8_t)red[i];
                    to[3 * i + 1] = (uint8_t)green[i];
                    to[3 * i + 2] = (uint8_t)blue[i];
                }
            }
        }
}
