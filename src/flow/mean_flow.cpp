// SPDX-License-Identifier: Apache-2.0
#include "flow/mean_flow.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

namespace ctffr {

BlockOfOpenings block_of(const std::vector<std::vector<OpeningState>>& history, std::size_t first,
                         std::size_t count, double pressure_scale) {
    const std::size_t openings = history[first].size();
    double flow_scale = 0;
    for (std::size_t k = first; k < first + count; ++k)
        for (const OpeningState& o : history[k]) flow_scale = std::max(flow_scale, std::abs(o.outflow));
    if (!(flow_scale > 0)) flow_scale = 1;
    BlockOfOpenings block;
    block.mean.assign(2 * openings, 0), block.deviation.assign(2 * openings, 0);
    for (std::size_t q = 0; q < 2 * openings; ++q) {
        const auto value = [&](std::size_t k) {
            const OpeningState& o = history[k][q % openings];
            return q < openings ? o.pressure / pressure_scale : o.outflow / flow_scale;
        };
        const auto n = static_cast<double>(count);
        for (std::size_t k = first; k < first + count; ++k) block.mean[q] += value(k) / n;
        for (std::size_t k = first; k < first + count; ++k)
            block.deviation[q] += (value(k) - block.mean[q]) * (value(k) - block.mean[q]) / n;
        block.deviation[q] = std::sqrt(block.deviation[q]);
    }
    return block;
}

double remaining_change(const BlockOfOpenings& first, const BlockOfOpenings& second,
                        const BlockOfOpenings& third) {
    double most = 0;
    for (std::size_t q = 0; q < third.mean.size(); ++q) {
        const double before = second.mean[q] - first.mean[q], last = third.mean[q] - second.mean[q];
        const double ratio = before * last > 0 ? std::min(last / before, 0.9) : 0.0;
        most = std::max(most, std::abs(last) * (1 + ratio / (1 - ratio)));
    }
    return most;
}

template <class Exec>
MeanState<Exec>::MeanState(const Exec& exec, Index size) : exec_(exec), sum_(exec, size) {
    clear();
}

template <class Exec>
void MeanState<Exec>::add(View<const double> state) {
    kernels::mean_add<Exec>(exec_, state, sum_.view());
    ++count_;
}

template <class Exec>
void MeanState<Exec>::clear() {
    sum_.copy_from(std::vector<double>(static_cast<std::size_t>(sum_.size()), 0.0));
    count_ = 0;
}

template <class Exec>
void MeanState<Exec>::take(View<double> state) const {
    kernels::mean_take<Exec>(exec_, sum_.view(), count_, state);
}

template class MeanState<Cpu>;
#if defined(CTFFR_HAVE_CUDA)
template class MeanState<Cuda>;
#endif

}  // namespace ctffr
