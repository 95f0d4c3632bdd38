// SPDX-License-Identifier: Apache-2.0
// Anderson acceleration of a fixed-point iteration x -> x + f(x) on arrays of four floats a row (Walker and
// Ni, SIAM J. Numer. Anal. 49 (2011), type II), with the differences kept in single precision.
#pragma once

#include <vector>

#include "ctffr/kernels/flow.hpp"

namespace ctffr {

template <class Exec>
class Anderson {
   public:
    // `rows`: rows of the state; the products are weighted by `volume` and run over its rows only. depth <=
    // kernels::mixing_depth_limit; 0: plain iteration.
    Anderson(const Exec& exec, Index rows, View<const float> volume, int depth);

    // Moves the state by the accelerated step for the residual f. `scale_u`, `scale_p`: weights of velocity
    // and pressure in the norm.
    void advance(View<const float> f, View<double> state);
    // Forgets the past.
    void restart();
    double residual_norm() const { return norm_; }  // of the last f

   private:
    Exec exec_;
    View<const float> volume_;
    int depth_, used_ = 0, next_ = 0;
    bool have_old_ = false;
    float scale_u_ = 1, scale_p_ = 0;
    double norm_ = 0;
    Array<float, Exec> f_old_;
    // By slot: step + difference of the residuals it made, and that difference; the newest move is the step
    // alone.
    std::vector<Array<float, Exec>> move_, difference_;
    // Products of the differences with each other, by slot.
    std::vector<std::vector<double>> gram_;
};

}  // namespace ctffr
