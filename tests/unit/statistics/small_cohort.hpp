// SPDX-License-Identifier: Apache-2.0
// Thirty vessels of sixteen made-up patients with ties in every column, and the numbers that R 4.2.2 with
// pROC 1.18.0 and survey 4.1 gives for them (Debian 12: r-base-core, r-cran-proc, r-cran-survey). The
// commands stand beside each number in the tests; there, d is
//   d <- data.frame(case, inv = measured, ct = computed, ds = stenosis_pct)
//   d$t <- as.integer(d$inv <= .8); d$f <- as.integer(d$ct <= .8); d$ok <- as.integer(d$t == d$f)
#pragma once

#include <vector>

namespace ctffr::test {

struct SmallCohort {
    std::vector<int> patient{1, 1, 1, 2,  3,  3,  4,  5,  5,  5,  5,  6,  6,  7,  8,
                             8, 8, 9, 10, 10, 11, 11, 12, 13, 13, 13, 14, 14, 15, 16};
    std::vector<double> measured{.87, .81, .83, .93, .66, .95, .59, .75, .83, .76, .78, .74, .79, .75, .84,
                                 .78, .76, .75, .98, 1,   .66, .62, .6,  .63, .56, .7,  .78, .77, .83, .72};
    std::vector<double> computed{.9,  .8,  .79, .99, .46, .89, .69, .85, .9,  .83, .8,  .62, .73, .71, .77,
                                 .75, .72, .62, .86, .98, .66, .67, .54, .56, .48, .64, .77, .84, .85, .69};
    std::vector<double> stenosis_pct{45, 40, 45, 40, 80, 30, 75, 55, 60, 35, 70, 45, 50, 45, 50,
                                     30, 65, 45, 15, 25, 55, 65, 75, 85, 75, 35, 35, 40, 50, 60};

    std::vector<int> truth() const { return at_most(measured); }
    std::vector<int> found() const { return at_most(computed); }
    // FFR falls with disease, scores grow with it.
    std::vector<double> score() const {
        std::vector<double> negated;
        for (const double ffr : computed) negated.push_back(-ffr);
        return negated;
    }

   private:
    static std::vector<int> at_most(const std::vector<double>& values) {
        std::vector<int> flags;
        for (const double v : values) flags.push_back(v <= 0.80);
        return flags;
    }
};

}  // namespace ctffr::test
