// SPDX-License-Identifier: Apache-2.0
#include "flow/time_scale.hpp"

#include <cmath>
#include <cstddef>
#include <utility>

#include "ctffr/core/units.hpp"
#include "ctffr/kernels/flow.hpp"

namespace ctffr {

namespace {

// Level whose groups are about half a diameter long.
template <class Exec>
int scale_level(const linear::Multigrid<Exec>& multigrid, double volume, double radius) {
    const double wanted = volume / (pi * radius * radius * radius);
    const auto distance = [&](int level) {
        return std::abs(std::log(static_cast<double>(multigrid.rows(level)) / wanted));
    };
    int best = 0;
    for (int l = 1; l < multigrid.levels(); ++l)
        if (distance(l) < distance(best)) best = l;
    return best;
}

template <class Exec>
double total(const Exec& exec, View<const float> values) {
    const Array<float, Exec> ones(exec, std::vector<float>(static_cast<std::size_t>(values.size), 1.0f));
    return kernels::dot_product<Exec, float>(exec, values, ones.view());
}

}  // namespace

template <class Exec>
LocalTimeScale<Exec>::LocalTimeScale(const Exec& exec, linear::Multigrid<Exec>& multigrid,
                                     View<const float> volume, double kinematic_viscosity, double radius,
                                     double factor)
    : exec_(exec),
      volume_(volume),
      viscous_rate_(8 * kinematic_viscosity / (radius * radius)),
      factor_(factor),
      level_(scale_level(multigrid, total(exec, volume), radius)),
      group_(exec, multigrid.groups(level_)),
      extent_(exec, multigrid.rows(0)),
      sum_(exec, multigrid.rows(level_)),
      whole_(exec, multigrid.rows(level_)) {
    // Rows of patches, behind those of the cells, have no extent.
    kernels::fill_zero<Exec>(exec_, extent_.view());
    kernels::convert<Exec, float, float>(exec_, volume_, 1.0, View<float>(extent_.data(), volume_.size));
    multigrid.sum_groups(level_, std::as_const(extent_).view(), whole_.view());
}

template <class Exec>
double LocalTimeScale<Exec>::update(linear::Multigrid<Exec>& multigrid, View<const float> gradient,
                                    View<float> rate) {
    kernels::fv_gradient_magnitude<Exec>(exec_, volume_, gradient, View<float>(extent_.data(), volume_.size));
    multigrid.sum_groups(level_, std::as_const(extent_).view(), sum_.view());
    return kernels::fv_pseudo_rate<Exec>(exec_, std::as_const(group_).view(), std::as_const(sum_).view(),
                                         std::as_const(whole_).view(), static_cast<float>(0.375 / factor_),
                                         static_cast<float>(viscous_rate_ / factor_), rate);
}

double hydraulic_radius(const FlowMesh& mesh) {
    double volume = 0, wall = 0;
    for (double v : mesh.cell_volume) volume += v;
    for (const FlowPatch& patch : mesh.patches)
        if (patch.kind == FlowPatch::Kind::wall)
            for (Index n = 0; n < patch.faces; ++n)
                wall += norm(mesh.face_area[static_cast<std::size_t>(patch.first_face + n)]);
    return wall > 0 ? 2 * volume / wall : std::cbrt(volume);
}

template class LocalTimeScale<Cpu>;
#if defined(CTFFR_HAVE_CUDA)
template class LocalTimeScale<Cuda>;
#endif

}  // namespace ctffr
