// SPDX-License-Identifier: Apache-2.0
// One change at a time: the smallest that crosses the threshold, and the table of what each input does.
#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>

#include <fmt/format.h>

#include "ctffr/core/units.hpp"
#include "stages/ffr_uncertainty.hpp"

namespace ctffr {

namespace {

// Hyperaemic flow stays within this between patients of equal LV mass.
constexpr double least_flow = 0.5, largest_flow = 1.6;

// The point nearest to 0 in [low, high], low < 0 < high, at which f changes sign; empty: nowhere, or f has no
// value on the way.
std::optional<double> nearest_root(const std::function<double(double)>& f, double low, double high) {
    constexpr int steps = 16, halvings = 30;
    const double at_zero = f(0);
    if (!std::isfinite(at_zero)) return {};
    std::optional<double> nearest;
    for (const double end : {low, high}) {
        double before = 0;
        for (int k = 1; k <= steps; ++k) {
            const double x = end * k / steps, value = f(x);
            if (!std::isfinite(value)) break;
            if ((value > 0) != (at_zero > 0)) {
                double near = before, far = x;
                for (int h = 0; h < halvings; ++h) {
                    const double middle = (near + far) / 2;
                    ((f(middle) > 0) == (at_zero > 0) ? near : far) = middle;
                }
                if (!nearest || std::abs(far) < std::abs(*nearest)) nearest = far;
                break;
            }
            before = x;
        }
    }
    return nearest;
}

std::string sentence_of(const FfrFlip& flip, double narrower_mm, double wider_mm, bool lesion,
                        double threshold) {
    const bool by_throat = std::isfinite(flip.throat_diameter_mm), by_flow = std::isfinite(flip.flow_pct);
    const std::string throat_range =
        fmt::format("{:.2f} mm less to {:.2f} mm more throat diameter", narrower_mm, wider_mm);
    const std::string flow_range =
        fmt::format("{:.0f} % less to {:.0f} % more flow", 100 * (1 - least_flow), 100 * (largest_flow - 1));
    if (!by_throat && !by_flow)
        return fmt::format("Does not change side of {:.2f} within the physiological range: {}{}.", threshold,
                           lesion ? throat_range + ", " : std::string(), flow_range);
    std::string text = fmt::format("Would change side of {:.2f} with ", threshold), not_by;
    if (by_throat)
        text += fmt::format("{:.2f} mm {} throat diameter", std::abs(flip.throat_diameter_mm),
                            flip.throat_diameter_mm < 0 ? "less" : "more");
    else if (lesion)
        not_by = throat_range;
    if (by_flow)
        text += fmt::format("{}{:.0f} % {} flow", by_throat ? ", or with " : "", std::abs(flip.flow_pct),
                            flip.flow_pct < 0 ? "less" : "more");
    else
        not_by = flow_range;
    return text + (not_by.empty() ? "." : ", but not within " + not_by + ".");
}

}  // namespace

FfrFlip find_flip(const FfrModel& model, const FfrReadPoint& where, const std::vector<std::size_t>& which,
                  double threshold) {
    FfrFlip flip;
    if (!std::isfinite(threshold)) {
        flip.sentence = "There is no threshold in this state.";
        return flip;
    }
    const FfrDraw neutral = model.causes().neutral();
    const auto& nodes = model.surrogate().plan().radius_shift;
    double low = -1, high = 1;
    for (std::size_t k : which) low = std::max(low, nodes[k].front()), high = std::min(high, nodes[k].back());
    const auto by_radius = [&](double shift) {
        FfrDraw draw = neutral;
        for (std::size_t k : which) draw.shift[k] = shift;
        return model.read(draw, where) - threshold;
    };
    const auto by_flow = [&](double logarithm) {
        FfrDraw draw = neutral;
        draw.flow = std::exp(logarithm);
        return model.read(draw, where) - threshold;
    };
    if (!which.empty())
        if (const auto shift = nearest_root(by_radius, low, high))
            flip.throat_diameter_mm = 2 * *shift / m_per_mm;
    if (const auto flow = nearest_root(by_flow, std::log(least_flow), std::log(largest_flow)))
        flip.flow_pct = 100 * (std::exp(*flow) - 1);
    flip.sentence = sentence_of(flip, -2 * low / m_per_mm, 2 * high / m_per_mm, !which.empty(), threshold);
    return flip;
}

std::vector<FfrSensitivity> sensitivity_table(const FfrModel& model, const FfrReadings& readings) {
    using Change = std::function<void(FfrDraw&)>;
    std::vector<FfrSensitivity> table;
    const auto add = [&](const char* input, const char* down_text, const char* up_text, const Change& down,
                         const Change& up) {
        FfrSensitivity row{input, down_text, up_text, {}, {}, {}, {}};
        const auto fill = [&](const Change& change, std::vector<double>& lesions,
                              std::vector<double>& vessels) {
            FfrDraw draw = model.causes().neutral();
            change(draw);
            const FfrModel::Answer answer = model.answer(draw);
            for (const FfrReadPoint& where : readings.lesions) lesions.push_back(model.read(answer, where));
            for (const FfrReadPoint& where : readings.vessels) vessels.push_back(model.read(answer, where));
        };
        fill(down, row.lesion_down, row.vessel_down), fill(up, row.lesion_up, row.vessel_up);
        table.push_back(std::move(row));
    };
    const FfrCauses& causes = model.causes();
    add(
        "lumen diameter", "-0.1 mm", "+0.1 mm", [&](FfrDraw& d) { causes.widen(d, -0.05); },
        [&](FfrDraw& d) { causes.widen(d, 0.05); });
    add(
        "hyperaemic flow", "-20 %", "+20 %", [](FfrDraw& d) { d.flow = 0.8; },
        [](FfrDraw& d) { d.flow = 1.2; });
    add(
        "aortic pressure", "-10 %", "+10 %", [](FfrDraw& d) { d.pressure = 0.9; },
        [](FfrDraw& d) { d.pressure = 1.1; });
    add(
        "viscosity", "-10 %", "+10 %", [](FfrDraw& d) { d.viscosity = 0.9; },
        [](FfrDraw& d) { d.viscosity = 1.1; });
    add(
        "venous pressure", "0 mmHg", "15 mmHg", [](FfrDraw& d) { d.venous_pressure = 0; },
        [](FfrDraw& d) { d.venous_pressure = pa_from_mmhg(15); });
    add(
        "outlet exponent", "2.0", "2.7", [](FfrDraw& d) { d.exponent = 2.0; },
        [](FfrDraw& d) { d.exponent = 2.7; });
    add(
        "unseen side branches", "off", "on", [](FfrDraw& d) { d.leak = false; }, [](FfrDraw&) {});
    return table;
}

}  // namespace ctffr
