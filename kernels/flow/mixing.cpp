// SPDX-License-Identifier: Apache-2.0
#include "ctffr/kernels/flow.hpp"
#include "ctffr/parallel/parallel.hpp"

namespace ctffr::kernels {

template <class Exec>
MixingSums mixing_products(const Exec& exec, View<const float> volume, float scale_u, float scale_p,
                           View<const float> f, const MixingVectors& vectors) {
    const MixingVectors v = vectors;
    return parallel_sum<MixingSums>(
        exec, "mixing products", volume.size,
        CTFFR_LAMBDA(Index i) {
            MixingSums s;
            const float* a = f.data + 4 * i;
            const float wu = volume[i] * scale_u * scale_u, wp = volume[i] * scale_p * scale_p;
            const float weighted[4] = {wu * a[0], wu * a[1], wu * a[2], wp * a[3]};
            for (int n = 0; n <= v.count; ++n) {
                const float* b = n < v.count ? v.data[n] + 4 * i : a;
                s.value[n < v.count ? n : mixing_depth_limit] = static_cast<double>(
                    weighted[0] * b[0] + weighted[1] * b[1] + weighted[2] * b[2] + weighted[3] * b[3]);
            }
            return s;
        },
        static_cast<double>(volume.size) * (4 + 16 * (1 + v.count)));
}

template <class Exec>
void mixing_difference(const Exec& exec, View<const float> f, View<float> f_old, View<float> difference,
                       View<float> move) {
    parallel_for(
        exec, "mixing difference", f.size,
        CTFFR_LAMBDA(Index i) {
            const float change = f[i] - f_old[i];
            difference[i] = change;
            move[i] += change;
            f_old[i] = f[i];
        },
        24.0 * static_cast<double>(f.size));
}

template <class Exec>
void mixing_update(const Exec& exec, View<const float> f, const MixingVectors& moves,
                   const MixingWeights& weights, View<float> step, View<double> state) {
    const MixingVectors m = moves;
    const MixingWeights w = weights;
    parallel_for(
        exec, "mixing update", f.size,
        CTFFR_LAMBDA(Index i) {
            float sum = f[i];
            for (int n = 0; n < m.count; ++n) sum -= w.value[n] * m.data[n][i];
            step[i] = sum;
            state[i] += static_cast<double>(sum);
        },
        static_cast<double>(f.size) * (24 + 4 * m.count));
}

template <class Exec>
void mean_add(const Exec& exec, View<const double> state, View<double> sum) {
    parallel_for(
        exec, "mean add", state.size, CTFFR_LAMBDA(Index i) { sum[i] += state[i]; },
        24.0 * static_cast<double>(state.size));
}

template <class Exec>
void mean_take(const Exec& exec, View<const double> sum, int count, View<double> state) {
    parallel_for(
        exec, "mean take", state.size, CTFFR_LAMBDA(Index i) { state[i] = sum[i] / count; },
        16.0 * static_cast<double>(state.size));
}

template MixingSums mixing_products<CTFFR_EXEC>(const CTFFR_EXEC&, View<const float>, float, float,
                                                View<const float>, const MixingVectors&);
template void mixing_difference<CTFFR_EXEC>(const CTFFR_EXEC&, View<const float>, View<float>, View<float>,
                                            View<float>);
template void mixing_update<CTFFR_EXEC>(const CTFFR_EXEC&, View<const float>, const MixingVectors&,
                                        const MixingWeights&, View<float>, View<double>);
template void mean_add<CTFFR_EXEC>(const CTFFR_EXEC&, View<const double>, View<double>);
template void mean_take<CTFFR_EXEC>(const CTFFR_EXEC&, View<const double>, int, View<double>);

}  // namespace ctffr::kernels
