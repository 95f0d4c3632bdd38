// SPDX-License-Identifier: Apache-2.0
#include "lumen/chain_solver.hpp"

#include <algorithm>
#include <cmath>

#include "ctffr/core/error.hpp"
#include "ctffr/core/units.hpp"
#include "ctffr/data/vessel_wall.hpp"
#include "ctffr/kernels/lumen.hpp"
#include "ctffr/parallel/parallel.hpp"
#include "lumen/banded.hpp"

namespace ctffr::lumen {

namespace {

using P = SectionParameters;
constexpr std::size_t unknowns = P::count;
constexpr double model_error_hu =
    15;  // what the model cannot follow (texture of fat, ringing), added to the noise
constexpr double huber = 2.5;

// 1, cos, sin, cos 2, ... at an angle.
void fourier(double phi, int terms, double* out) {
    out[0] = 1;
    for (int m = 1; 2 * m - 1 < terms; ++m)
        out[2 * m - 1] = std::cos(m * phi), out[2 * m] = std::sin(m * phi);
}

// Covariance of the point spread in the plane of the section, and its inverse Cholesky factor.
void whiten(const FitSection& s, const ImageGeometry& geometry, const ScanFacts& scan, float* factor) {
    const double variance[3] = {scan.sigma_xy_mm * scan.sigma_xy_mm, scan.sigma_xy_mm * scan.sigma_xy_mm,
                                scan.sigma_z_mm * scan.sigma_z_mm};
    double nn = 0, nb = 0, bb = 0;
    for (int k = 0; k < 3; ++k) {
        const Vec3 axis = geometry.direction.column(k);
        const double n = dot(s.normal, axis), b = dot(s.binormal, axis);
        nn += variance[k] * n * n, nb += variance[k] * n * b, bb += variance[k] * b * b;
    }
    const double l00 = std::sqrt(nn), l10 = nb / l00, l11 = std::sqrt(bb - l10 * l10);
    factor[0] = static_cast<float>(1 / l00);
    factor[1] = static_cast<float>(-l10 / (l00 * l11));
    factor[2] = static_cast<float>(1 / l11);
}

kernels::BlurredSection task_of(const FitSection& s, const SectionRays& rays, const ImageGeometry& geometry,
                                const ScanFacts& scan) {
    kernels::BlurredSection task{};
    for (int t = 0; t < P::contour_terms; ++t)
        task.radius_mm[t] = static_cast<float>(s.fit.value[static_cast<std::size_t>(P::contour + t)]);
    for (int t = 0; t < P::outer_terms; ++t)
        task.outer_mm[t] = static_cast<float>(s.fit.value[static_cast<std::size_t>(P::outer + t)]);
    whiten(s, geometry, scan, task.whiten);
    // Node spacing of at most 1.1 standard deviations makes the trapezoidal rule exact to 1e-6.
    const double widest = std::max(task.radius_mm[0], task.outer_mm[0]) * 1.2;
    const double nodes = 2 * pi * widest / (1.1 * std::min(scan.sigma_xy_mm, scan.sigma_z_mm));
    task.nodes =
        std::clamp(8 * static_cast<int>(std::ceil(nodes / 8)), 24, kernels::BlurredSection::max_nodes);
    task.steps = *std::max_element(rays.usable.begin(), rays.usable.end());
    return task;
}

std::vector<float> blurred(const FitChain& chain, const std::vector<SectionRays>& rays,
                           const ImageGeometry& geometry, const ScanFacts& scan, const Run& run) {
    std::vector<kernels::BlurredSection> tasks;
    for (std::size_t i = 0; i < chain.sections.size(); ++i)
        tasks.push_back(task_of(chain.sections[i], rays[i], geometry, scan));
    return on_device(run, [&](const auto& exec) {
        using Exec = std::decay_t<decltype(exec)>;
        const Array<kernels::BlurredSection, Exec> in(exec, tasks);
        Array<float, Exec> out(exec, static_cast<Index>(tasks.size()) * RayGrid::angles * RayGrid::steps *
                                         kernels::blurred_values);
        kernels::blurred_contours(exec, in.view(), RayGrid::angles, RayGrid::steps, RayGrid::step_mm,
                                  out.view());
        return out.to_host();
    });
}

// Model value at one sample; `b` holds the blurred fractions, `around` the outside HU's Fourier basis.
struct SampleModel {
    double value = 0, outside = 0;
};
SampleModel model_at(const P& fit, const float* b, const double* around) {
    SampleModel m;
    for (int t = 0; t < P::outside_terms; ++t)
        m.outside += fit.value[static_cast<std::size_t>(P::outside + t)] * around[t];
    const double inside = b[0], walled = b[1 + P::contour_terms];
    m.value = m.outside + (fit.value[P::wall] - m.outside) * walled +
              (fit.value[P::blood] - fit.value[P::wall]) * inside;
    return m;
}

// Normal equations of one section's data and its own priors.
struct SectionSystem {
    double h[unknowns][unknowns] = {}, g[unknowns] = {};
    double data[unknowns][unknowns] = {};  // the part of h that comes from the image
    double square_sum = 0;
    int samples = 0, rays = 0;

    // Adds weight/2 * (sum of c * unknown - value)^2 for a residual that is `residual` now.
    void add(const double* c, double residual, double weight) {
        for (std::size_t i = 0; i < unknowns; ++i) {
            if (c[i] == 0) continue;
            g[i] += weight * c[i] * residual;
            for (std::size_t j = 0; j <= i; ++j) h[i][j] += weight * c[i] * c[j];
        }
    }
    void add_prior(std::size_t i, double now, double mean, double sd) {
        const double w = 1 / (sd * sd);
        g[i] += w * (now - mean), h[i][i] += w;
    }
};

// Derivatives of the model value by the unknowns.
void sample_row(const P& fit, const float* b, const double* around, const SampleModel& m, double* row) {
    const double walled = b[1 + P::contour_terms];
    for (int t = 0; t < P::contour_terms; ++t)
        row[P::contour + t] = (fit.value[P::blood] - fit.value[P::wall]) * b[1 + t];
    for (int t = 0; t < P::outer_terms; ++t)
        row[P::outer + t] = (fit.value[P::wall] - m.outside) * b[2 + P::contour_terms + t];
    row[P::wall] = walled - b[0];
    for (int t = 0; t < P::outside_terms; ++t) row[P::outside + t] = (1 - walled) * around[t];
    row[P::blood] = b[0];
}

// Weight of a sample: its share of the correlation area over the variance, less for outliers (Huber).
double sample_weight(int j, double residual, double noise_hu, double correlation_mm2) {
    constexpr double cell = RayGrid::step_mm * 2 * pi / RayGrid::angles;
    const double sd = std::hypot(noise_hu, model_error_hu), excess = std::abs(residual) / sd;
    return RayGrid::rho(j) * cell / (correlation_mm2 * sd * sd) * (excess > huber ? huber / excess : 1.0);
}

// Image value without what lies above blood: calcium must not pull.
double seen_hu(const FitSection& s, const SectionRays& rays, int at, const ScanFacts& scan) {
    return std::min<double>(rays.hu[static_cast<std::size_t>(at)], s.fit.value[P::blood] + 3 * scan.noise_hu);
}

void add_data(SectionSystem& system, const FitSection& s, const SectionRays& rays, const float* b0,
              const ScanFacts& scan, double correlation_mm2) {
    double around[P::outside_terms], row[unknowns];
    for (int a = 0; a < RayGrid::angles; ++a) {
        const int usable = rays.usable[static_cast<std::size_t>(a)];
        fourier(RayGrid::phi(a), P::outside_terms, around);
        system.rays += RayGrid::rho(usable) > s.fit.radius(RayGrid::phi(a)) ? 1 : 0;
        for (int j = 0; j < usable; ++j) {
            const int at = a * RayGrid::steps + j;
            const float* b = b0 + at * kernels::blurred_values;
            const SampleModel m = model_at(s.fit, b, around);
            const double residual = m.value - seen_hu(s, rays, at, scan);
            sample_row(s.fit, b, around, m, row);
            system.add(row, residual, sample_weight(j, residual, scan.noise_hu, correlation_mm2));
            system.square_sum += residual * residual;
            ++system.samples;
        }
        // Where blood touches calcium, the half level between them is the edge of the lumen.
        if (rays.calcium_mm[static_cast<std::size_t>(a)] > 0) {
            std::fill(row, row + unknowns, 0.0);
            double basis[P::contour_terms];
            fourier(RayGrid::phi(a), P::contour_terms, basis);
            std::copy(basis, basis + P::contour_terms, row + P::contour);
            const double over = s.fit.radius(RayGrid::phi(a)) - rays.calcium_mm[static_cast<std::size_t>(a)];
            constexpr double edge_sd_mm = 0.15, rays_per_sight = 3;
            if (rays.adjoins[static_cast<std::size_t>(a)] || over > 0)
                system.add(row, over, 1 / (edge_sd_mm * edge_sd_mm * rays_per_sight));
        }
    }
}

void add_priors(SectionSystem& system, const FitSection& s, double blood, double reference,
                const FitPriors& p) {
    const auto& v = s.fit.value;
    const double r = std::max(0.3, v[P::contour]);
    const double sd[P::contour_terms] = {0,
                                         p.shift_sd_mm,
                                         p.shift_sd_mm,
                                         p.ellipse_share * r,
                                         p.ellipse_share * r,
                                         p.third_share * r + 0.02,
                                         p.third_share * r + 0.02};
    for (std::size_t t = 1; t < P::contour_terms; ++t)
        system.add_prior(P::contour + t, v[P::contour + t], 0, sd[t]);
    const double healthy = std::max(reference, v[P::contour]);
    system.add_prior(P::outer, v[P::outer], healthy + healthy_wall_mm(healthy), p.wall_thickness_sd_mm);
    // The wall is about as far off centre as the lumen.
    for (std::size_t t = 1; t < P::outer_terms; ++t) {
        double row[unknowns] = {};
        row[P::outer + t] = 1, row[P::contour + t] = -1;
        system.add(row, v[P::outer + t] - v[P::contour + t], 1 / (p.outer_shift_sd_mm * p.outer_shift_sd_mm));
    }
    system.add_prior(P::wall, v[P::wall], p.wall_hu, p.wall_sd_hu);
    for (std::size_t t = 0; t < P::outside_terms; ++t)
        system.add_prior(P::outside + t, v[P::outside + t], t == 0 ? p.outside_hu : 0,
                         p.outside_sd_hu / std::max<double>(1.0, static_cast<double>((t + 1) / 2)));
    system.add_prior(P::blood, v[P::blood], blood, p.blood_sd_hu);
}

// Penalties on changes along the chain: second differences of the contour, first differences of the rest.
class Coupling {
   public:
    // `seen[i]`: share of the rays of section i that carry data.
    Coupling(const FitChain& chain, const std::vector<double>& seen, const FitPriors& priors,
             BandedMatrix& matrix, std::vector<double>& gradient)
        : chain_(chain), matrix_(matrix), gradient_(gradient) {
        for (std::size_t i = 0; i + 1 < chain.sections.size(); ++i) {
            const double step = spacing(i) / 0.5, root = std::sqrt(step);
            // Where there is nothing to see (the start of a side branch within its host), the calibre goes on
            // as it is.
            const bool blind = std::min(seen[i], seen[i + 1]) < 0.4;
            slope(i, P::contour, (blind ? priors.blind_slope_mm : priors.radius_slope_mm) * step);
            for (std::size_t t = 0; t < P::outer_terms; ++t)
                slope(i, P::outer + t, priors.outer_step_mm * root);
            slope(i, P::wall, priors.wall_step_hu * root);
            for (std::size_t t = 0; t < P::outside_terms; ++t)
                slope(i, P::outside + t, priors.outside_step_hu * root);
            slope(i, P::blood, priors.blood_step_hu * root);
            if (i == 0) continue;
            bend(i, P::contour, priors.radius_bend_mm);
            for (std::size_t t = 1; t < P::contour_terms; ++t) bend(i, P::contour + t, priors.shape_bend_mm);
        }
    }

   private:
    double spacing(std::size_t i) const { return chain_.sections[i + 1].arc_mm - chain_.sections[i].arc_mm; }
    double value(std::size_t i, std::size_t k) const { return chain_.sections[i].fit.value[k]; }
    void add(std::size_t k, const std::size_t* where, const double* c, int count, double sd) {
        double residual = 0;
        const double w = 1 / (sd * sd);
        for (int a = 0; a < count; ++a) residual += c[a] * value(where[a], k);
        for (int a = 0; a < count; ++a) {
            gradient_[where[a] * unknowns + k] += w * c[a] * residual;
            for (int b = 0; b <= a; ++b)
                matrix_.add(where[a] * unknowns + k, where[b] * unknowns + k, w * c[a] * c[b]);
        }
    }
    void slope(std::size_t i, std::size_t k, double sd) {
        const std::size_t where[2] = {i, i + 1};
        const double c[2] = {-1, 1};
        add(k, where, c, 2, sd);
    }
    // Second difference on uneven spacing, scaled to 0.5 mm steps.
    void bend(std::size_t i, std::size_t k, double sd) {
        const double h0 = spacing(i - 1), h1 = spacing(i), scale = 0.25 * 2 / (h0 + h1);
        const std::size_t where[3] = {i - 1, i, i + 1};
        const double c[3] = {scale / h0, -scale / h0 - scale / h1, scale / h1};
        add(k, where, c, 3, sd * std::sqrt(0.5 / (0.5 * (h0 + h1))));
    }

    const FitChain& chain_;
    BandedMatrix& matrix_;
    std::vector<double>& gradient_;
};

// Limits one step so that the linearisation stays valid.
void apply_step(FitSection& s, const double* step) {
    const double r = s.fit.value[P::contour], limit = 0.25 * r + 0.05;
    double scale = 1;
    for (std::size_t t = 0; t < P::contour_terms; ++t)
        if (std::abs(step[t]) * scale > limit) scale = limit / std::abs(step[t]);
    for (std::size_t k = 0; k < unknowns; ++k) s.fit.value[k] -= scale * step[k];
    s.fit.value[P::contour] = std::clamp(s.fit.value[P::contour], 0.1, 4.5);
    s.fit.value[P::outer] = std::clamp(s.fit.value[P::outer], s.fit.value[P::contour] + 0.15, 5.5);
}

// How noise in the image moves the contour: with h the whole and d the data part of the normal matrix, the
// fit answers noise with the covariance h^-1 d h^-1 (the priors hold back, but add no spread).
void fill_covariance(FitChain& chain, const BandedMatrix& factor, const std::vector<SectionSystem>& systems,
                     const ScanFacts& scan, const Run& run) {
    const std::size_t n = chain.sections.size();
    const double sd = std::hypot(scan.noise_hu, model_error_hu);
    const double share = scan.noise_hu * scan.noise_hu / (sd * sd);
    parallel_for(Cpu{run.profiler}, "lumen covariance", static_cast<Index>(n), [&](Index index) {
        const auto i = static_cast<std::size_t>(index);
        std::vector<std::vector<double>> column(P::contour_terms, std::vector<double>(n * unknowns, 0.0));
        for (std::size_t t = 0; t < P::contour_terms; ++t) {
            column[t][i * unknowns + t] = 1;
            factor.solve(column[t], i * unknowns);
        }
        auto& covariance = chain.sections[i].contour_covariance;
        covariance = {};
        // Sections farther away than this answer with nothing.
        constexpr std::size_t reach = 24;
        for (std::size_t j = i > reach ? i - reach : 0; j < std::min(n, i + reach + 1); ++j)
            for (std::size_t t = 0; t < P::contour_terms; ++t) {
                double answer[unknowns] = {};
                for (std::size_t k = 0; k < unknowns; ++k)
                    for (std::size_t l = 0; l < unknowns; ++l)
                        answer[k] += systems[j].data[k][l] * column[t][j * unknowns + l];
                for (std::size_t u = 0; u < P::contour_terms; ++u)
                    for (std::size_t k = 0; k < unknowns; ++k)
                        covariance[t][u] += share * answer[k] * column[u][j * unknowns + k];
            }
    });
}

// Adds a cause of error that all sections share: `shift` is the answer of all unknowns to one standard
// deviation of it.
void add_shared_error(FitChain& chain, const std::vector<double>& shift) {
    for (std::size_t i = 0; i < chain.sections.size(); ++i)
        for (std::size_t t = 0; t < P::contour_terms; ++t)
            for (std::size_t u = 0; u < P::contour_terms; ++u)
                chain.sections[i].contour_covariance[t][u] +=
                    shift[i * unknowns + t] * shift[i * unknowns + u];
}

// How the fit moves when the true blur is wider than assumed by the relative `sd`.
std::vector<double> answer_to_blur(const FitChain& chain, const std::vector<SectionRays>& rays,
                                   const std::vector<float>& fractions, const BandedMatrix& factor,
                                   const ImageGeometry& geometry, const ScanFacts& scan, double sd,
                                   double correlation_mm2, const Run& run) {
    constexpr double h = 0.05;
    ScanFacts narrow = scan, wide = scan;
    narrow.sigma_xy_mm *= 1 - h, narrow.sigma_z_mm *= 1 - h;
    wide.sigma_xy_mm *= 1 + h, wide.sigma_z_mm *= 1 + h;
    const std::vector<float> low = blurred(chain, rays, geometry, narrow, run);
    const std::vector<float> high = blurred(chain, rays, geometry, wide, run);
    std::vector<double> shift(chain.sections.size() * unknowns, 0.0);
    parallel_for(Cpu{run.profiler}, "lumen blur response", static_cast<Index>(chain.sections.size()),
                 [&](Index index) {
                     const auto i = static_cast<std::size_t>(index);
                     const FitSection& s = chain.sections[i];
                     double around[P::outside_terms], row[unknowns];
                     for (int a = 0; a < RayGrid::angles; ++a) {
                         fourier(RayGrid::phi(a), P::outside_terms, around);
                         for (int j = 0; j < rays[i].usable[static_cast<std::size_t>(a)]; ++j) {
                             const int at = a * RayGrid::steps + j;
                             const std::size_t place =
                                 (i * RayGrid::angles * RayGrid::steps + static_cast<std::size_t>(at)) *
                                 kernels::blurred_values;
                             const SampleModel m = model_at(s.fit, &fractions[place], around);
                             const double change = sd / (2 * h) *
                                                   (model_at(s.fit, &high[place], around).value -
                                                    model_at(s.fit, &low[place], around).value);
                             sample_row(s.fit, &fractions[place], around, m, row);
                             const double weight = sample_weight(j, m.value - seen_hu(s, rays[i], at, scan),
                                                                 scan.noise_hu, correlation_mm2);
                             for (std::size_t k = 0; k < unknowns; ++k)
                                 shift[i * unknowns + k] += weight * row[k] * change;
                         }
                     }
                 });
    factor.solve(shift);
    return shift;
}

// How the fit moves when all blood is off the line by `sd_hu`.
std::vector<double> answer_to_blood(std::size_t sections, const BandedMatrix& factor, const FitPriors& priors,
                                    double sd_hu) {
    std::vector<double> shift(sections * unknowns, 0.0);
    for (std::size_t i = 0; i < sections; ++i)
        shift[i * unknowns + P::blood] = sd_hu / (priors.blood_sd_hu * priors.blood_sd_hu);
    factor.solve(shift);
    return shift;
}

}  // namespace

void solve_chain(FitChain& chain, const std::vector<SectionRays>& rays, const std::vector<double>& blood_hu,
                 const std::vector<double>& reference_mm, const ImageGeometry& geometry,
                 const ScanFacts& scan, const FitPriors& priors, const SolverOptions& options,
                 bool with_covariance, const Run& run) {
    const std::size_t n = chain.sections.size();
    std::vector<SectionSystem> systems(n);
    for (int iteration = 0; iteration <= options.iterations; ++iteration) {
        run.check_cancel();
        const std::vector<float> fractions = blurred(chain, rays, geometry, scan, run);
        parallel_for(Cpu{run.profiler}, "lumen normal equations", static_cast<Index>(n), [&](Index index) {
            const auto i = static_cast<std::size_t>(index);
            systems[i] = {};
            const float* b = &fractions[i * RayGrid::angles * RayGrid::steps * kernels::blurred_values];
            add_data(systems[i], chain.sections[i], rays[i], b, scan, options.correlation_mm2);
            for (std::size_t k = 0; k < unknowns; ++k)
                for (std::size_t l = 0; l <= k; ++l)
                    systems[i].data[k][l] = systems[i].data[l][k] = systems[i].h[k][l];
            add_priors(systems[i], chain.sections[i], blood_hu[i], reference_mm[i], priors);
        });
        BandedMatrix matrix(n * unknowns, 3 * unknowns - 1);
        std::vector<double> gradient(n * unknowns, 0.0);
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t k = 0; k < unknowns; ++k) {
                gradient[i * unknowns + k] = systems[i].g[k];
                for (std::size_t l = 0; l <= k; ++l)
                    if (systems[i].h[k][l] != 0)
                        matrix.add(i * unknowns + k, i * unknowns + l, systems[i].h[k][l]);
            }
        std::vector<double> seen(n);
        for (std::size_t i = 0; i < n; ++i) seen[i] = static_cast<double>(systems[i].rays) / RayGrid::angles;
        const Coupling coupling(chain, seen, priors, matrix, gradient);
        // Sections without a ray (a stub that lies in another vessel) say nothing about what surrounds them:
        // what no prior holds stays as it is.
        if (std::find(seen.begin(), seen.end(), 0.0) != seen.end())
            for (std::size_t k = 0; k < n * unknowns; ++k)
                matrix.add(k, k, matrix.diagonal(k) > 0 ? 1e-9 * matrix.diagonal(k) : 1.0);
        if (!matrix.factorise())
            throw Error(ExitCode::lumen_failed,
                        "The lumen fit of coronary branch {} has no solution (singular system).",
                        chain.branches.front());
        if (iteration < options.iterations) {
            matrix.solve(gradient);
            for (std::size_t i = 0; i < n; ++i) apply_step(chain.sections[i], &gradient[i * unknowns]);
            continue;
        }
        // Last pass: figures of the final state.
        for (std::size_t i = 0; i < n; ++i) {
            chain.sections[i].residual_hu =
                systems[i].samples > 0 ? std::sqrt(systems[i].square_sum / systems[i].samples) : 0;
            chain.sections[i].data_share = static_cast<double>(systems[i].rays) / RayGrid::angles;
        }
        if (!with_covariance) continue;
        fill_covariance(chain, matrix, systems, scan, run);
        if (priors.blur_error > 0)
            add_shared_error(chain, answer_to_blur(chain, rays, fractions, matrix, geometry, scan,
                                                   priors.blur_error, options.correlation_mm2, run));
        if (priors.blood_error_hu > 0)
            add_shared_error(chain, answer_to_blood(n, matrix, priors, priors.blood_error_hu));
    }
}

double ResidualCorrelation::area_mm2(double section_spacing_mm) const {
    // Noise with a Gaussian autocorrelation exp(-d^2 / (4 s^2)): s from one lag in the plane and one along
    // the chain.
    const double mean = sum_square / std::max(1.0, count_square);
    const auto width2 = [&](double sum, double count, double lag) {
        const double c = std::clamp(sum / std::max(1.0, count) / mean, 0.02, 0.95);
        return lag * lag / (-4 * std::log(c));
    };
    const double plane = width2(sum_ray, count_ray, 2 * RayGrid::step_mm);
    const double along = width2(sum_along, count_along, section_spacing_mm);
    // Sum of correlations over all sections, relative to a single one.
    double sections = 1;
    for (int k = 1; k < 12; ++k)
        sections += 2 * std::exp(-k * k * section_spacing_mm * section_spacing_mm / (4 * along));
    return 4 * pi * plane * sections;
}

void add_residual_correlation(const FitChain& chain, const std::vector<SectionRays>& rays,
                              const ImageGeometry& geometry, const ScanFacts& scan, ResidualCorrelation& sums,
                              const Run& run) {
    const std::vector<float> fractions = blurred(chain, rays, geometry, scan, run);
    const std::size_t n = chain.sections.size();
    constexpr int samples = RayGrid::angles * RayGrid::steps;
    std::vector<float> residual(n * samples, 0.0F);
    std::vector<std::uint8_t> valid(n * samples, 0);
    double around[P::outside_terms];
    for (std::size_t i = 0; i < n; ++i)
        for (int a = 0; a < RayGrid::angles; ++a) {
            fourier(RayGrid::phi(a), P::outside_terms, around);
            for (int j = 0; j < rays[i].usable[static_cast<std::size_t>(a)]; ++j) {
                const std::size_t at = i * samples + static_cast<std::size_t>(a * RayGrid::steps + j);
                const SampleModel m =
                    model_at(chain.sections[i].fit, &fractions[at * kernels::blurred_values], around);
                const double r = m.value - rays[i].hu[static_cast<std::size_t>(a * RayGrid::steps + j)];
                if (std::abs(r) > 4 * std::hypot(scan.noise_hu, model_error_hu)) continue;
                residual[at] = static_cast<float>(r), valid[at] = 1;
            }
        }
    for (std::size_t at = 0; at < residual.size(); ++at) {
        if (!valid[at]) continue;
        sums.sum_square += double{residual[at]} * residual[at], ++sums.count_square;
        if (at % RayGrid::steps + 2 < RayGrid::steps && valid[at + 2])
            sums.sum_ray += double{residual[at]} * residual[at + 2], ++sums.count_ray;
        if (at + samples < residual.size() && valid[at + samples])
            sums.sum_along += double{residual[at]} * residual[at + samples], ++sums.count_along;
    }
}

}  // namespace ctffr::lumen
