// SPDX-License-Identifier: Apache-2.0
#include "ctffr/kernels/lumen.hpp"
#include "ctffr/parallel/parallel.hpp"

namespace ctffr::kernels {

namespace {

// exp(-q) for q >= 0 to 2e-7 relative, written so that the compiler can vectorise it: 2^x split at the
// nearest whole number, Taylor polynomial of the rest.
CTFFR_HD inline float exp_minus(float q) {
    const float x = q < 60.0f ? q * -1.44269504f : -86.0f;
    const float whole = floorf(x + 0.5f);
    const float f = (x - whole) * 0.69314718f;
    const float p =
        1.0f + f * (1.0f + f * (0.5f + f * (0.16666667f +
                                            f * (0.041666668f + f * (8.3333338e-3f + f * 1.3888889e-3f)))));
    union {
        std::int32_t bits;
        float value;
    } scale;
    scale.bits = (static_cast<std::int32_t>(whole) + 127) << 23;
    return p * scale.value;
}

// One contour as quadrature nodes in whitened coordinates.
struct Nodes {
    float x[BlurredSection::max_nodes], y[BlurredSection::max_nodes];  // place
    float dx[BlurredSection::max_nodes],
        dy[BlurredSection::max_nodes];       // tangent times node spacing / (2 pi)
    float swept[BlurredSection::max_nodes];  // weight of a unit change of radius
};

CTFFR_HD inline void make_nodes(const BlurredSection& s, const float* terms, int count, Nodes& nodes) {
    const float two_pi = 6.2831853f;
    const float step = two_pi / static_cast<float>(s.nodes);
    for (int k = 0; k < s.nodes; ++k) {
        const float phi = step * static_cast<float>(k), c = cosf(phi), n = sinf(phi);
        float r = terms[0], slope = 0, ck = c, sk = n;
        for (int m = 1; 2 * m < count; ++m) {
            r += terms[2 * m - 1] * ck + terms[2 * m] * sk;
            slope += static_cast<float>(m) * (terms[2 * m] * ck - terms[2 * m - 1] * sk);
            const float next = ck * c - sk * n;
            sk = sk * c + ck * n;
            ck = next;
        }
        if (r < 0.05f) {
            r = 0.05f;
            slope = 0;
        }
        const float u = r * c, v = r * n, du = slope * c - r * n, dv = slope * n + r * c;
        nodes.x[k] = s.whiten[0] * u;
        nodes.y[k] = s.whiten[1] * u + s.whiten[2] * v;
        nodes.dx[k] = s.whiten[0] * du / static_cast<float>(s.nodes);
        nodes.dy[k] = (s.whiten[1] * du + s.whiten[2] * dv) / static_cast<float>(s.nodes);
        // Area swept by dr is r dphi dr; whitening scales areas by whiten[0] * whiten[2].
        nodes.swept[k] = r * s.whiten[0] * s.whiten[2] / static_cast<float>(s.nodes);
    }
}

// Sums in eight lanes, so that the compiler can vectorise without reordering; n is a multiple of 8.
CTFFR_HD inline float lane_sum(const float* a, int n) {
    float lane[8] = {0, 0, 0, 0, 0, 0, 0, 0};
    for (int k = 0; k < n; k += 8)
        for (int l = 0; l < 8; ++l) lane[l] += a[k + l];
    return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}
CTFFR_HD inline float lane_dot(const float* a, const float* b, int n) {
    float lane[8] = {0, 0, 0, 0, 0, 0, 0, 0};
    for (int k = 0; k < n; k += 8)
        for (int l = 0; l < 8; ++l) lane[l] += a[k + l] * b[k + l];
    return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

// Inside fraction at whitened place (x, y), and the boundary density times `swept` at every node.
CTFFR_HD inline float inside_fraction(const Nodes& nodes, int count, float x, float y, float* density) {
    float part[BlurredSection::max_nodes];
    for (int k = 0; k < count; ++k) {
        const float ax = nodes.x[k] - x, ay = nodes.y[k] - y;
        const float q = 0.5f * (ax * ax + ay * ay);
        const float e = exp_minus(q);
        // (1 - exp(-q)) / (2 q); the series near 0 avoids the cancellation.
        const float far = (1.0f - e) / (2.0f * (q > 1e-3f ? q : 1e-3f));
        const float near = 0.5f - 0.25f * q;
        part[k] = (q > 1e-3f ? far : near) * (ax * nodes.dy[k] - ay * nodes.dx[k]);
        density[k] = e * nodes.swept[k];
    }
    return lane_sum(part, count);
}

// Fraction and its derivatives by `terms` Fourier terms.
CTFFR_HD inline void evaluate(const Nodes& nodes, int count, int terms,
                              const float (*basis)[BlurredSection::max_nodes], float x, float y, float* to) {
    float density[BlurredSection::max_nodes];
    to[0] = inside_fraction(nodes, count, x, y, density);
    to[1] = lane_sum(density, count);
    for (int t = 1; t < terms; ++t) to[1 + t] = lane_dot(density, basis[t - 1], count);
}

}  // namespace

// Work budget: nodes exponentials per sample and contour.
template <class Exec>
void blurred_contours(const Exec& exec, View<const BlurredSection> sections, int angles, int steps,
                      double step_mm, View<float> out) {
    CTFFR_CHECK_OP(out.size, ==, sections.size * angles * steps * blurred_values);
    parallel_for(
        exec, "blurred contours", sections.size * angles, CTFFR_LAMBDA(Index ray) {
            const BlurredSection s = sections[ray / angles];
            Nodes inner, outer;
            make_nodes(s, s.radius_mm, BlurredSection::terms, inner);
            make_nodes(s, s.outer_mm, BlurredSection::outer_terms, outer);
            float basis[BlurredSection::terms - 1][BlurredSection::max_nodes];
            const float step = 6.2831853f / static_cast<float>(s.nodes);
            for (int k = 0; k < s.nodes; ++k)
                for (int m = 1; m <= BlurredSection::harmonics; ++m) {
                    const float phi = step * static_cast<float>((k * m) % s.nodes);
                    basis[2 * m - 2][k] = cosf(phi);
                    basis[2 * m - 1][k] = sinf(phi);
                }
            const float phi = 6.2831853f * static_cast<float>(ray % angles) / static_cast<float>(angles);
            const float cu = cosf(phi), cv = sinf(phi);
            for (int j = 0; j < s.steps && j < steps; ++j) {
                const float rho = static_cast<float>((j + 0.5) * step_mm);
                const float x = s.whiten[0] * rho * cu, y = s.whiten[1] * rho * cu + s.whiten[2] * rho * cv;
                float* to = &out[(ray * steps + j) * blurred_values];
                evaluate(inner, s.nodes, BlurredSection::terms, basis, x, y, to);
                evaluate(outer, s.nodes, BlurredSection::outer_terms, basis, x, y,
                         to + 1 + BlurredSection::terms);
            }
        });
}

template void blurred_contours<CTFFR_EXEC>(const CTFFR_EXEC&, View<const BlurredSection>, int, int, double,
                                           View<float>);

}  // namespace ctffr::kernels
