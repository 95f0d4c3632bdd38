// SPDX-License-Identifier: Apache-2.0
// Grid convergence of FFR from results of one case on three meshes, coarse to fine, whose spacings have a
// constant ratio:
//   ctffr-mesh-convergence RATIO RESULT RESULT RESULT
// Prints "FIGURE VALUE UNIT" lines. The order is that of the differences, as root mean squares over the tree;
// the index at a point is 1.25 |difference of the finer two| / (ratio^order - 1) (Roache 1994), the order
// counted from 1 to 2.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "ctffr/core/error.hpp"
#include "ctffr/io/result_read.hpp"

namespace ctffr {

namespace {

void compare(double ratio, const std::vector<CaseResult>& results) {
    const CaseResult& fine = results[2];
    double coarse_squares = 0, fine_squares = 0, largest = 0, largest_end = 0;
    for (std::size_t b = 0; b < fine.ffr.ffr.size(); ++b)
        for (std::size_t i = 0; i < fine.ffr.ffr[b].size(); ++i) {
            double ffr[3];
            for (std::size_t k = 0; k < 3; ++k) {
                if (results[k].ffr.ffr.size() != fine.ffr.ffr.size() ||
                    results[k].ffr.ffr[b].size() != fine.ffr.ffr[b].size())
                    throw Error(ExitCode::usage, "The results are not of the same tree.");
                ffr[k] = results[k].ffr.ffr[b][i];
            }
            coarse_squares += (ffr[0] - ffr[1]) * (ffr[0] - ffr[1]);
            fine_squares += (ffr[1] - ffr[2]) * (ffr[1] - ffr[2]);
            largest = std::max(largest, std::abs(ffr[1] - ffr[2]));
        }
    for (std::size_t v = 0; v < fine.vessels.size(); ++v)
        largest_end =
            std::max(largest_end, std::abs(results[1].vessels.at(v).ffr_distal - fine.vessels[v].ffr_distal));
    const double order = std::log(coarse_squares / fine_squares) / 2 / std::log(ratio);
    const double counted = std::clamp(order, 1.0, 2.0);
    const double index = 1.25 / (std::pow(ratio, counted) - 1);
    std::printf("order %.2f -\ngci-largest %.4f FFR\ngci-at-the-ends-of-vessels %.4f FFR\n", order,
                index * largest, index * largest_end);
}

}  // namespace

}  // namespace ctffr

int main(int argc, char** argv) {
    try {
        if (argc != 5) throw std::invalid_argument("four arguments wanted");
        std::vector<ctffr::CaseResult> results;
        for (int k = 2; k < 5; ++k) results.push_back(ctffr::read_result_json(argv[k]));
        ctffr::compare(std::stod(argv[1]), results);
        return 0;
    } catch (const ctffr::Error& error) {
        std::fprintf(stderr, "ctffr-mesh-convergence: %s\n", error.what());
        return static_cast<int>(error.code());
    } catch (const std::exception& error) {
        std::fprintf(stderr, "usage: ctffr-mesh-convergence RATIO RESULT RESULT RESULT (%s)\n", error.what());
        return static_cast<int>(ctffr::ExitCode::usage);
    }
}
