// SPDX-License-Identifier: Apache-2.0
#include "flow/time_levels.hpp"

#include <cstddef>
#include <utility>
#include <vector>

namespace ctffr {

namespace {

template <class Real, class Exec>
View<const Real> read(const Array<Real, Exec>& a) {
    return a.view();
}

template <class Real, class Exec>
void combine(const Exec& exec, double a, const Array<Real, Exec>& x, double b, const Array<Real, Exec>& y,
             Array<Real, Exec>& out) {
    kernels::time_combination<Exec, Real>(exec, a, read(x), b, read(y), out.view());
}

}  // namespace

template <class Exec>
TimeLevels<Exec>::TimeLevels(const Exec& exec, const FlowSystem<Exec>& system)
    : exec_(exec), now_(make(exec, system)), before_(make(exec, system)), reference_(make(exec, system)) {}

template <class Exec>
typename TimeLevels<Exec>::Level TimeLevels<Exec>::make(const Exec& exec, const FlowSystem<Exec>& system) {
    const kernels::FvMeshView m = system.mesh().view();
    const auto zeros = [&](Index n) {
        return Array<float, Exec>(exec, std::vector<float>(static_cast<std::size_t>(n), 0.0f));
    };
    return {Array<double, Exec>(exec, std::vector<double>(static_cast<std::size_t>(4 * m.rows), 0.0)),
            zeros(m.face.size), zeros(m.boundary.size)};
}

template <class Exec>
void TimeLevels<Exec>::start(FlowSystem<Exec>& system) {
    combine(exec_, 1, system.state(), 0, system.state(), now_.state);
    system.flux_excess(now_.face.view(), now_.boundary.view());
    two_ = false;
}

template <class Exec>
void TimeLevels<Exec>::accept(FlowSystem<Exec>& system) {
    std::swap(now_, before_);
    start(system);
    two_ = true;
}

template <class Exec>
void TimeLevels<Exec>::begin(FlowSystem<Exec>& system, const BackwardDifference& d, double ratio) {
    const Level& old = two_ ? before_ : now_;
    combine(exec_, d.now, now_.state, d.before, old.state, reference_.state);
    combine(exec_, d.now, now_.face, d.before, old.face, reference_.face);
    combine(exec_, d.now, now_.boundary, d.before, old.boundary, reference_.boundary);
    system.set_time_derivative(d.rate, read(reference_.state), read(reference_.face),
                               read(reference_.boundary));
    if (two_) combine(exec_, 1 + ratio, now_.state, -ratio, before_.state, system.state());
}

template class TimeLevels<Cpu>;
#if defined(CTFFR_HAVE_CUDA)
template class TimeLevels<Cuda>;
#endif

}  // namespace ctffr
