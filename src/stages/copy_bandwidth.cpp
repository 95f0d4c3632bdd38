// SPDX-License-Identifier: Apache-2.0
#include "ctffr/stages/copy_bandwidth.hpp"

#include <algorithm>
#include <chrono>
#include <type_traits>
#include <utility>
#include <vector>

#include "ctffr/kernels/linear.hpp"
#include "ctffr/parallel/array.hpp"
#include "ctffr/parallel/exec.hpp"

namespace ctffr {

double copy_bandwidth(const Run& run) {
    Run silent = run;
    silent.profiler = nullptr;
    return on_device(silent, [](const auto& exec) {
        using Exec = std::decay_t<decltype(exec)>;
        constexpr Index count = Index{1} << 25;
        Array<double, Exec> from(exec, count), to(exec, count);
        kernels::fill_zero<Exec>(exec, from.view());
        kernels::fill_zero<Exec>(exec, to.view());
        const View<const double> one{std::as_const(to).data(), 1};
        double best_s = 1e9;
        for (int repeat = 0; repeat < 5; ++repeat) {
            const auto start = std::chrono::steady_clock::now();
            kernels::convert<Exec, double, double>(exec, std::as_const(from).view(), 1.0, to.view());
            (void)kernels::dot_product<Exec, double>(exec, one, one);  // waits for the device
            best_s = std::min(
                best_s, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
        }
        return 2.0 * sizeof(double) * static_cast<double>(count) / best_s;
    });
}

}  // namespace ctffr
