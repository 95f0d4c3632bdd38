// SPDX-License-Identifier: Apache-2.0
// CG with aggregation multigrid on pressure equations of vessel-like voxel domains.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <map>
#include <vector>

#include <gtest/gtest.h>

#include "ctffr/core/units.hpp"
#include "ctffr/linear/conjugate_gradient.hpp"

namespace ctffr::linear {
namespace {

struct Problem {
    Pattern pattern;
    std::vector<double> value, diagonal;
    RowGeometry geometry;
};

struct Ball {
    Vec3 centre;
    double radius;
};

// A curved, narrowed main vessel with three side branches as a chain of balls; mm.
std::vector<Ball> vessel_tree() {
    std::vector<Ball> balls;
    const auto main = [](double s) { return Vec3{s, 6 * std::sin(s / 20), 3 * std::cos(s / 15)}; };
    for (double s = 0; s <= 80; s += 0.25) {
        const double throat = std::abs(s - 40) < 5 ? 0.25 * (1 + std::cos(pi * (s - 40) / 5)) : 0;
        balls.push_back({main(s), (1.7 - 0.008 * s) * (1 - throat)});
    }
    const double starts[3] = {15, 30, 60};
    const Vec3 directions[3] = {{0.6, 0.8, 0}, {0.6, 0, 0.8}, {0.6, -0.8, 0}};
    for (int b = 0; b < 3; ++b)
        for (double s = 0; s <= 20; s += 0.25) balls.push_back({main(starts[b]) + s * directions[b], 1.0});
    return balls;
}

// Seven-point Laplacian on the cells of a grid inside the tree. The four ends are Robin boundaries (an outlet
// resistance), the walls are closed.
Problem vessel_problem(double h) {
    Problem problem;
    std::map<std::array<int, 3>, std::int32_t> cell;
    std::vector<std::array<int, 3>> cells;
    const Int3 n{static_cast<int>(85 / h), static_cast<int>(30 / h), static_cast<int>(26 / h)};
    const Vec3 low{-2, -12, -5};
    std::vector<char> inside(static_cast<std::size_t>(n.count()), 0);
    for (const Ball& ball : vessel_tree()) {
        const Vec3 c = (ball.centre - low) / h;
        const int reach = static_cast<int>(ball.radius / h) + 1;
        for (int k = std::max(0, int(c.z) - reach); k <= std::min(n.z - 1, int(c.z) + reach); ++k)
            for (int j = std::max(0, int(c.y) - reach); j <= std::min(n.y - 1, int(c.y) + reach); ++j)
                for (int i = std::max(0, int(c.x) - reach); i <= std::min(n.x - 1, int(c.x) + reach); ++i)
                    if (norm(Vec3{i + 0.5, j + 0.5, k + 0.5} - c) * h < ball.radius)
                        inside[static_cast<std::size_t>(i + Index{n.x} * (j + Index{n.y} * k))] = 1;
    }
    for (int k = 0; k < n.z; ++k)
        for (int j = 0; j < n.y; ++j)
            for (int i = 0; i < n.x; ++i) {
                if (!inside[static_cast<std::size_t>(i + Index{n.x} * (j + Index{n.y} * k))]) continue;
                cell[{i, j, k}] = static_cast<std::int32_t>(cells.size());
                cells.push_back({i, j, k});
                problem.geometry.centre.push_back(low + h * Vec3{i + 0.5, j + 0.5, k + 0.5});
                problem.geometry.size.push_back(h);
            }
    for (const auto& c : cells) {
        double diagonal = 0;
        std::vector<std::int32_t> neighbours;
        for (int a = 0; a < 3; ++a)
            for (int side : {-1, 1}) {
                auto other = c;
                other[static_cast<std::size_t>(a)] += side;
                if (const auto found = cell.find(other); found != cell.end())
                    neighbours.push_back(found->second);
            }
        std::sort(neighbours.begin(), neighbours.end());
        for (std::int32_t neighbour : neighbours) {
            problem.pattern.column.push_back(neighbour);
            problem.value.push_back(-h);
            diagonal += h;
        }
        const Vec3 p = problem.geometry.centre[problem.diagonal.size()];
        if (p.x < -0.5 || p.x > 79.5) diagonal += 0.5 * h;
        problem.diagonal.push_back(diagonal + 1e-9 * h);
        problem.pattern.row_start.push_back(static_cast<std::int32_t>(problem.value.size()));
    }
    return problem;
}

std::vector<float> single(const std::vector<double>& values) { return {values.begin(), values.end()}; }

struct Solved {
    LinearStatus status;
    std::vector<double> x;
    double true_residual = 0, complexity = 0;
};

Solved solve(const Problem& problem, bool by_boxes, const MultigridOptions& options = {}) {
    const Cpu exec;
    const Index n = problem.pattern.rows();
    std::vector<double> b(static_cast<std::size_t>(n));
    for (std::size_t i = 0; i < b.size(); ++i) b[i] = std::sin(0.37 * static_cast<double>(i % 1000)) + 0.2;
    Multigrid<Cpu> multigrid(exec, problem.pattern, single(problem.value), single(problem.diagonal),
                             by_boxes ? problem.geometry : RowGeometry{}, options);
    ConjugateGradient<Cpu> cg(exec, n);
    const Array<std::int32_t, Cpu> row_start(exec, problem.pattern.row_start),
        column(exec, problem.pattern.column);
    const Array<double, Cpu> value(exec, problem.value), diagonal(exec, problem.diagonal), rhs(exec, b);
    Array<double, Cpu> x(exec, std::vector<double>(b.size(), 0.0));
    Solved solved;
    solved.status = cg.solve({n, row_start.view(), column.view(), value.view(), diagonal.view()}, multigrid,
                             rhs.view(), x.view(), 1e-8, 100);
    solved.x = x.to_host();
    solved.complexity = multigrid.operator_complexity();
    // The residual computed apart from the solver.
    double sum = 0, norm_b = 0;
    for (std::size_t i = 0; i < b.size(); ++i) {
        double r = b[i] - problem.diagonal[i] * solved.x[i];
        for (std::int32_t k = problem.pattern.row_start[i]; k < problem.pattern.row_start[i + 1]; ++k)
            r -= problem.value[static_cast<std::size_t>(k)] *
                 solved.x[static_cast<std::size_t>(problem.pattern.column[static_cast<std::size_t>(k)])];
        sum += r * r, norm_b += b[i] * b[i];
    }
    solved.true_residual = std::sqrt(sum / norm_b);
    return solved;
}

TEST(Multigrid, IterationsStayBelowTwentyOnAVesselTree) {
    for (const double h : {0.4, 0.25, 0.16}) {
        const Problem problem = vessel_problem(h);
        const Solved solved = solve(problem, true);
        EXPECT_TRUE(solved.status.converged());
        EXPECT_LE(solved.status.iterations, 20) << problem.pattern.rows() << " rows";
        EXPECT_LE(solved.true_residual, 1.1e-8);
        EXPECT_LT(solved.complexity, 1.3);
        std::printf("%ld rows: %d iterations, operator complexity %.3f\n",
                    static_cast<long>(problem.pattern.rows()), solved.status.iterations, solved.complexity);
    }
}

TEST(Multigrid, PairsByStrengthSolveTheSameEquations) {
    const Problem problem = vessel_problem(0.4);
    const Solved boxes = solve(problem, true), pairs = solve(problem, false);
    ASSERT_TRUE(boxes.status.converged());
    ASSERT_TRUE(pairs.status.converged());
    EXPECT_LE(pairs.status.iterations, 35);
    EXPECT_LE(pairs.true_residual, 1.1e-8);
    double largest = 0, difference = 0;
    for (std::size_t i = 0; i < boxes.x.size(); ++i) {
        largest = std::max(largest, std::abs(boxes.x[i]));
        difference = std::max(difference, std::abs(boxes.x[i] - pairs.x[i]));
    }
    EXPECT_LT(difference, 1e-4 * largest);  // residual 1e-8 times the condition number of the tree, about 1e4
}

TEST(Multigrid, SameBitsForOneAndTwoThreads) {
    const Problem problem = vessel_problem(0.4);
    set_threads(1);
    const Solved one = solve(problem, true);
    set_threads(2);
    const Solved two = solve(problem, true);
    EXPECT_EQ(one.x, two.x);
}

TEST(Multigrid, TheCycleIsSymmetricAndPositive) {
    const Problem problem = vessel_problem(0.4);
    const Cpu exec;
    const Index n = problem.pattern.rows();
    Multigrid<Cpu> multigrid(exec, problem.pattern, single(problem.value), single(problem.diagonal),
                             problem.geometry, {});
    std::vector<float> u(static_cast<std::size_t>(n)), v(u.size());
    for (std::size_t i = 0; i < u.size(); ++i) {
        u[i] = static_cast<float>(std::sin(1.3 * static_cast<double>(i)));
        v[i] = static_cast<float>(std::cos(0.7 * static_cast<double>(i)) + 0.1);
    }
    const Array<float, Cpu> au(exec, u), av(exec, v);
    const auto cycle = [&](View<const float> r) {
        const View<const float> z = multigrid.apply(r);
        return std::vector<float>(z.data, z.data + z.size);
    };
    const std::vector<float> mu = cycle(au.view()), mv = cycle(av.view());
    const auto dot = [](const std::vector<float>& a, const std::vector<float>& b) {
        double sum = 0;
        for (std::size_t i = 0; i < a.size(); ++i) sum += double{a[i]} * double{b[i]};
        return sum;
    };
    const double vmu = dot(v, mu), umv = dot(u, mv), umu = dot(u, mu);
    EXPECT_NEAR(vmu, umv, 2e-5 * (std::abs(umu) + std::abs(dot(v, mv))));
    EXPECT_GT(umu, 0);
}

TEST(Multigrid, GroupsSumWhatTheyHold) {
    const Problem problem = vessel_problem(0.4);
    const Cpu exec;
    Multigrid<Cpu> multigrid(exec, problem.pattern, single(problem.value), single(problem.diagonal),
                             problem.geometry, {});
    std::vector<float> fine(static_cast<std::size_t>(problem.pattern.rows()));
    for (std::size_t i = 0; i < fine.size(); ++i) fine[i] = static_cast<float>(i % 7);
    const Array<float, Cpu> values(exec, fine);
    ASSERT_GT(multigrid.levels(), 2);
    for (int level = 0; level < multigrid.levels(); ++level) {
        std::vector<float> expected(static_cast<std::size_t>(multigrid.rows(level)), 0.0f);
        const std::vector<std::int32_t> group = multigrid.groups(level);
        for (std::size_t i = 0; i < fine.size(); ++i) expected[static_cast<std::size_t>(group[i])] += fine[i];
        Array<float, Cpu> sums(exec, multigrid.rows(level));
        multigrid.sum_groups(level, values.view(), sums.view());
        EXPECT_EQ(sums.to_host(), expected) << level;  // small whole numbers: no rounding
    }
}

TEST(Multigrid, AMatrixWithoutABoundaryIsRefused) {
    Problem problem = vessel_problem(0.6);
    for (std::size_t i = 0; i < problem.diagonal.size(); ++i) {
        problem.diagonal[i] = 0;
        for (std::int32_t k = problem.pattern.row_start[i]; k < problem.pattern.row_start[i + 1]; ++k)
            problem.diagonal[i] -= problem.value[static_cast<std::size_t>(k)];
        problem.diagonal[i] *= 0.98;  // indefinite
    }
    EXPECT_THROW(solve(problem, true), Error);
}

TEST(ConjugateGradient, NotANumberIsAStateOfItsOwn) {
    const Problem problem = vessel_problem(0.6);
    const Cpu exec;
    const Index n = problem.pattern.rows();
    Multigrid<Cpu> multigrid(exec, problem.pattern, single(problem.value), single(problem.diagonal),
                             problem.geometry, {});
    ConjugateGradient<Cpu> cg(exec, n);
    const Array<std::int32_t, Cpu> row_start(exec, problem.pattern.row_start),
        column(exec, problem.pattern.column);
    const Array<double, Cpu> value(exec, problem.value), diagonal(exec, problem.diagonal);
    const Array<double, Cpu> b(exec, std::vector<double>(static_cast<std::size_t>(n), std::nan("")));
    Array<double, Cpu> x(exec, std::vector<double>(static_cast<std::size_t>(n), 0.0));
    const LinearStatus status = cg.solve({n, row_start.view(), column.view(), value.view(), diagonal.view()},
                                         multigrid, b.view(), x.view(), 1e-8, 50);
    EXPECT_EQ(status.reason, LinearStatus::Reason::not_finite);
    EXPECT_FALSE(status.converged());
}

}  // namespace
}  // namespace ctffr::linear
