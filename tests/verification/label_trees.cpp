// SPDX-License-Identifier: Apache-2.0
// How well segments and dominance are named:
//   ctffr-label-trees trees PRESET FIRST COUNT [plain|damaged]   on true trees of virtual patients, no image
//   needed ctffr-label-trees cases OUT TRUTH [OUT TRUTH ...]            on found trees of finished runs,
//   named again
// `damaged`: as a search leaves them: thin ends cut, each side branch missing with a chance of 5 %, one false
// branch in every second tree, the heart's axis turned by some degrees. Prints "FIGURE VALUE UNIT" lines;
// with LABELS_VERBOSE set, every disagreement.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <map>
#include <string>
#include <vector>

#include "anatomy/label_tree.hpp"
#include "anatomy/segment_match.hpp"
#include "ctffr/core/error.hpp"
#include "ctffr/core/random.hpp"
#include "ctffr/io/case_codec.hpp"
#include "ctffr/io/result_read.hpp"
#include "phantom/coronaries.hpp"
#include "phantom/patient.hpp"

namespace ctffr {

namespace {

using anatomy::SegmentMatch;
using anatomy::SegmentScore;

struct Calibration {
    double confidence = 0, right = 0, length_mm = 0;
};

class Tally {
   public:
    void add(const std::string& name, const CoronaryTree& found, const CoronaryTree& truth) {
        const bool dominance = found.dominance == truth.dominance;
        ++cases_, dominance_ += dominance;
        sure_of_dominance_ += found.dominance_confidence;
        const auto matches = anatomy::match_segments(found, truth);
        std::string wrong;
        for (const SegmentMatch& m : matches) {
            all_.add(m), by_segment_[m.segment].add(m);
            if (m.in_truth != m.recalled() || m.in_found != m.precise())
                wrong +=
                    fmt::format(" {}({}{}{}{})", segment_name(m.segment), m.in_truth ? "t" : "-",
                                m.recalled() ? "+" : "-", m.in_found ? "f" : "-", m.precise() ? "+" : "-");
        }
        if (std::getenv("LABELS_VERBOSE") && (!wrong.empty() || !dominance))
            fmt::print(stderr, "{}:{}{}\n", name, wrong,
                       dominance ? ""
                                 : fmt::format("  {} for {}", dominance_name(found.dominance),
                                               dominance_name(truth.dominance)));
        calibrate(found, truth);
    }

    void print() const {
        fmt::print(
            "cases {} -\nlabel-recall {:.4f} -\nlabel-precision {:.4f} -\nlabel-F1 {:.4f} -\n"
            "label-F1-of-reached {:.4f} -\n",
            cases_, all_.recall(), all_.precision(), all_.f1(), all_.named_f1());
        fmt::print("dominance-right {:.4f} -\ndominance-confidence {:.4f} -\n",
                   static_cast<double>(dominance_) / cases_, sure_of_dominance_ / cases_);
        for (const auto& [segment, score] : by_segment_)
            fmt::print("label-F1-{} {:.4f} -\n", segment_name(segment), score.f1());
        for (const auto& [band, c] : bands_)
            fmt::print(
                "confidence-{:.1f}-stated {:.3f} -\nconfidence-{:.1f}-right {:.3f} -\n"
                "confidence-{:.1f}-length {:.0f} mm\n",
                0.1 * band, c.confidence / c.length_mm, 0.1 * band, c.right / c.length_mm, 0.1 * band,
                c.length_mm);
    }

   private:
    // Stated confidence against how often the name is right, by length, where the found tree is true at all.
    void calibrate(const CoronaryTree& found, const CoronaryTree& truth) {
        constexpr double tolerance_mm = 2;
        for (const Branch& branch : found.branches)
            for (std::size_t i = 0; i + 1 < branch.points.size(); i += 2) {
                bool near = false, right = false;
                for (const Branch& other : truth.branches)
                    for (const CenterlinePoint& p : other.points)
                        if (distance(p.position_lps_mm, branch.points[i].position_lps_mm) <= tolerance_mm)
                            near = true, right = right || other.segment == branch.segment;
                if (!near) continue;
                Calibration& c = bands_[std::min(9, static_cast<int>(10 * branch.label_confidence))];
                c.confidence += branch.label_confidence, c.right += right ? 1 : 0, c.length_mm += 1;
            }
    }

    int cases_ = 0, dominance_ = 0;
    double sure_of_dominance_ = 0;
    SegmentScore all_;
    std::map<Segment, SegmentScore> by_segment_;
    std::map<int, Calibration> bands_;
};

CoronaryTree without_labels(CoronaryTree tree) {
    for (Branch& branch : tree.branches) branch.segment = Segment::unknown, branch.label_confidence = 0;
    tree.dominance = Dominance::unknown, tree.dominance_confidence = 0;
    return tree;
}

bool is_leaf(const CoronaryTree& tree, int id) { return tree.children_of(id).empty(); }

// Leaves cut where they stay thinner than the search goes; those of which nothing is left, dropped.
void cut_thin_ends(CoronaryTree& tree, double radius_mm) {
    for (bool changed = true; changed;) {
        changed = false;
        std::vector<bool> drop(tree.branches.size(), false);
        for (Branch& branch : tree.branches) {
            if (!is_leaf(tree, branch.id)) continue;
            while (branch.points.size() > 1 && branch.points.back().radius_mm < radius_mm)
                branch.points.pop_back();
            if (branch.length_mm() < 3 && branch.parent >= 0)
                drop[static_cast<std::size_t>(branch.id)] = true, changed = true;
        }
        CoronaryTree kept;
        kept.dominance = tree.dominance;
        std::vector<int> number(tree.branches.size(), -1);
        for (Branch& branch : tree.branches) {
            if (drop[static_cast<std::size_t>(branch.id)]) continue;
            const auto old = static_cast<std::size_t>(branch.id);
            branch.id = number[old] = static_cast<int>(kept.branches.size());
            if (branch.parent >= 0) branch.parent = number[static_cast<std::size_t>(branch.parent)];
            kept.branches.push_back(std::move(branch));
        }
        tree = std::move(kept);
    }
}

void lose_side_branches(CoronaryTree& tree, Random& random) {
    for (Branch& branch : tree.branches)
        if (branch.parent >= 0 && is_leaf(tree, branch.id) && tree.children_of(branch.parent).size() > 1 &&
            random.chance(0.05))
            for (CenterlinePoint& p : branch.points) p.radius_mm = 0;
    cut_thin_ends(tree, 0.6);
}

// A smooth path of 15 to 40 mm from somewhere on the tree, as a vein beside an artery leaves.
void add_false_branch(CoronaryTree& tree, Random& random) {
    const auto from = static_cast<std::size_t>(random.integer(0, static_cast<int>(tree.branches.size()) - 1));
    const Branch parent = tree.branches[from];
    const Vec3 along = parent.points.back().tangent;
    const Vec3 any{random.normal(), random.normal(), random.normal()};
    const Vec3 aside = normalized(any - dot(any, along) * along);
    Branch branch;
    branch.id = static_cast<int>(tree.branches.size());
    branch.parent = static_cast<int>(from), branch.side = parent.side;
    const double length = random.uniform(15, 40), radius = random.uniform(0.65, 1.0);
    for (double s = 0; s <= length; s += 0.5)
        branch.points.push_back(
            {parent.points.back().position_lps_mm + 0.6 * s * along + 0.8 * s * aside, {}, 0, radius});
    update_arc_and_tangents(branch);
    tree.branches.push_back(std::move(branch));
}

HeartFrame turned(HeartFrame heart, Random& random) {
    const auto some_mm = [&] { return Vec3{random.normal(0, 2), random.normal(0, 2), random.normal(0, 2)}; };
    heart.lv_base_lps_mm += some_mm(), heart.lv_apex_lps_mm += some_mm(),
        heart.root_center_lps_mm += some_mm();
    return heart;
}

void on_true_trees(const std::string& preset, std::uint64_t first, int count, bool damaged, Tally& tally) {
    constexpr std::uint64_t damage_stream = 0x6c61626c;
    for (std::uint64_t seed = first; seed < first + static_cast<std::uint64_t>(count); ++seed) {
        PhantomOptions options = phantom_preset(preset);
        options.seed = seed;
        const auto body = phantom::draw_patient(options).body;
        const phantom::HeartAnatomy heart(body, seed);
        const CoronaryTree truth = phantom::make_coronaries(heart, options, body, 420, {}).tree;
        CoronaryTree named = without_labels(truth);
        HeartFrame frame = heart.frame();
        if (damaged) {
            Random random(seed, damage_stream);
            cut_thin_ends(named, 0.6);
            lose_side_branches(named, random);
            if (random.chance(0.5)) add_false_branch(named, random);
            frame = turned(frame, random);
        }
        anatomy::label_tree(named, frame);
        tally.add(fmt::format("seed {}", seed), named, truth);
    }
}

void on_case(const std::string& out, const std::string& truth, Tally& tally) {
    HeartFrame frame;
    if (const auto record = CaseFile(std::filesystem::path(out) / "case.h5").load("segment"))
        unpack(*record, frame);
    CoronaryTree named = without_labels(read_result_json(out).tree);
    anatomy::label_tree(named, frame);
    tally.add(out, named, read_result_json(truth).tree);
}

}  // namespace

}  // namespace ctffr

int main(int argc, char** argv) {
    try {
        ctffr::Tally tally;
        const std::vector<std::string> words(argv + 1, argv + argc);
        if (words.size() >= 4 && words[0] == "trees")
            ctffr::on_true_trees(words[1], std::stoull(words[2]), std::stoi(words[3]),
                                 words.size() > 4 && words[4] == "damaged", tally);
        else if (words.size() >= 3 && words.size() % 2 == 1 && words[0] == "cases")
            for (std::size_t i = 1; i < words.size(); i += 2) ctffr::on_case(words[i], words[i + 1], tally);
        else
            throw std::invalid_argument("trees PRESET FIRST COUNT [damaged], or cases OUT TRUTH ...");
        tally.print();
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "ctffr-label-trees: %s\n", error.what());
        return 1;
    }
}
