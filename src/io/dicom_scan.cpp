// SPDX-License-Identifier: Apache-2.0
// Finding DICOM images in a folder and reading their facts.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <sys/stat.h>

#include "ctffr/core/error.hpp"
#include "ctffr/parallel/parallel.hpp"
#include "io/dicom_series.hpp"

namespace ctffr::dicom {

namespace {

namespace fs = std::filesystem;

// What could not be read, in the order of the paths; the first becomes the error when nothing remains.
struct Refusal {
    ExitCode code = ExitCode::input_unreadable;
    std::string sentence;
};

// Files below a folder, sorted. Links to folders are followed, each folder once, so that a loop ends. Hidden
// names (starting with a dot) are left out.
class FolderWalk {
   public:
    std::vector<fs::path> files;
    std::vector<Refusal> refusals;

    void walk(const fs::path& folder) {
        struct stat facts {};
        if (::stat(folder.c_str(), &facts) != 0 || !visited_.insert({facts.st_dev, facts.st_ino}).second)
            return;
        std::error_code error;
        std::vector<fs::path> entries;
        for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
            entries.push_back(it->path());
        if (error)
            refusals.push_back({ExitCode::input_unreadable, fmt::format("Cannot list the folder {}: {}.",
                                                                        folder.string(), error.message())});
        std::sort(entries.begin(), entries.end());
        for (const fs::path& entry : entries) {
            if (entry.filename().string().starts_with(".")) continue;
            const fs::file_status status = fs::status(entry, error);
            if (fs::is_directory(status))
                walk(entry);
            else if (fs::is_regular_file(status))
                files.push_back(entry);
        }
    }

   private:
    std::set<std::pair<dev_t, ino_t>> visited_;
};

// Functional groups of frame i: its own item first, then the shared one.
class FrameGroups {
   public:
    FrameGroups(const Dataset& dataset, std::size_t frame) : shared_(dataset.first_item(tag::shared_groups)) {
        const Element* per_frame = dataset.find(tag::per_frame_groups);
        if (per_frame && frame < per_frame->items.size()) own_ = &per_frame->items[frame];
    }
    bool described() const { return own_ != nullptr; }
    const Dataset* group(Tag tag) const {
        if (own_)
            if (const Dataset* item = own_->first_item(tag)) return item;
        return shared_ ? shared_->first_item(tag) : nullptr;
    }
    std::vector<double> numbers(Tag group_tag, Tag tag) const {
        const Dataset* item = group(group_tag);
        return item ? item->numbers(tag) : std::vector<double>{};
    }

   private:
    const Dataset* shared_ = nullptr;
    const Dataset* own_ = nullptr;
};

FrameFacts frame_of_enhanced(const FrameGroups& groups, int number) {
    FrameFacts frame;
    frame.number = number;
    frame.position = groups.numbers(tag::plane_position, tag::position);
    frame.orientation = groups.numbers(tag::plane_orientation, tag::orientation);
    frame.spacing = groups.numbers(tag::pixel_measures, tag::pixel_spacing);
    if (const Dataset* transform = groups.group(tag::pixel_transformation)) {
        frame.slope = transform->number(tag::rescale_slope);
        frame.intercept = transform->number(tag::rescale_intercept);
        frame.rescale_type = transform->text(tag::rescale_type);
    }
    return frame;
}

FrameFacts frame_of_single(const Dataset& dataset) {
    FrameFacts frame;
    frame.position = dataset.numbers(tag::position);
    frame.orientation = dataset.numbers(tag::orientation);
    frame.spacing = dataset.numbers(tag::pixel_spacing);
    frame.slope = dataset.number(tag::rescale_slope);
    frame.intercept = dataset.number(tag::rescale_intercept);
    frame.rescale_type = dataset.text(tag::rescale_type);
    return frame;
}

// Copies what the choice and the acquisition facts need from the functional groups to the top level, where
// single-frame files have it, and drops the (large) per-frame groups.
void flatten_groups(Dataset& dataset) {
    const FrameGroups groups(dataset, 0);
    const std::pair<Tag, Tag> wanted[] = {{tag::pixel_measures, tag::slice_thickness},
                                          {tag::pixel_measures, tag::pixel_spacing},
                                          {tag::ct_reconstruction, tag::kernel},
                                          {tag::ct_xray_details, tag::kvp},
                                          {tag::cardiac_synchronization, tag::cardiac_phase_pct}};
    std::vector<std::pair<Tag, Element>> found;
    for (const auto& [group_tag, tag] : wanted) {
        const Dataset* item = groups.group(group_tag);
        const Element* element = item ? item->find(tag) : nullptr;
        if (element && !dataset.has_value(tag)) found.emplace_back(tag, *element);
    }
    for (auto& [tag, element] : found) dataset.elements[tag] = std::move(element);
    dataset.elements.erase(tag::per_frame_groups);
}

void describe_pixels(ImageFile& file) {
    const Dataset& dataset = file.dataset();
    file.layout.rows = dataset.integer(tag::rows).value_or(0);
    file.layout.columns = dataset.integer(tag::columns).value_or(0);
    file.layout.bits_allocated = dataset.integer(tag::bits_allocated).value_or(0);
    file.layout.bits_stored = dataset.integer(tag::bits_stored).value_or(file.layout.bits_allocated);
    file.layout.high_bit = dataset.integer(tag::high_bit).value_or(file.layout.bits_stored - 1);
    file.layout.is_signed = dataset.integer(tag::pixel_representation).value_or(0) == 1;
    // US or SS by pixel representation; files in implicit VR do not say which.
    const auto sign_extended = [&](Tag tag) -> std::optional<int> {
        const std::optional<int> value = dataset.integer(tag);
        return value && file.layout.is_signed && *value > 32767 ? std::optional<int>(*value - 65536) : value;
    };
    file.padding = sign_extended(tag::padding_value);
    file.padding_limit = sign_extended(tag::padding_limit);
}

void describe_frames(ImageFile& file) {
    Dataset& dataset = file.header.dataset;
    const bool enhanced = dataset.find(tag::shared_groups) || dataset.find(tag::per_frame_groups);
    if (!enhanced) {
        file.frames.push_back(frame_of_single(dataset));
        return;
    }
    const Element* per_frame = dataset.find(tag::per_frame_groups);
    const int described = per_frame ? static_cast<int>(per_frame->items.size()) : 0;
    for (int i = 0; i < described; ++i)
        file.frames.push_back(frame_of_enhanced(FrameGroups(dataset, static_cast<std::size_t>(i)), i));
    file.missing_frame_facts = std::max(0, dataset.integer(tag::frames).value_or(1) - described);
    flatten_groups(dataset);
}

}  // namespace

std::string ImageFile::text(Tag tag) const {
    return to_utf8(dataset().text(tag), dataset().text(tag::specific_character_set));
}

std::size_t Series::frames() const {
    std::size_t count = 0;
    for (const ImageFile& file : files)
        count += file.frames.size() + static_cast<std::size_t>(file.missing_frame_facts);
    return count;
}

std::optional<ImageFile> describe_file(const fs::path& path) {
    ByteFile bytes(path);
    std::optional<FileHeader> header = read_header(bytes);
    if (!header) return std::nullopt;
    ImageFile file;
    file.path = path;
    file.header = std::move(*header);
    file.image_type = file.dataset().texts(tag::image_type);
    describe_pixels(file);
    describe_frames(file);
    // Private attributes can be large, and a folder has thousands of files.
    std::erase_if(file.header.dataset.elements,
                  [](const auto& entry) { return (entry.first >> 16) % 2 == 1; });
    return file;
}

std::vector<Series> find_series(const fs::path& path, const Run& run) {
    FolderWalk walk;
    const bool is_folder = fs::is_directory(path);
    if (is_folder)
        walk.walk(path);
    else
        walk.files.push_back(path);
    if (walk.files.empty() && walk.refusals.empty())
        throw Error(ExitCode::input_missing, "The folder {} holds no file: give the folder of the CT series.",
                    path.string());

    std::vector<std::optional<ImageFile>> described(walk.files.size());
    std::vector<std::optional<Refusal>> refused(walk.files.size());
    constexpr Index batch = 64;
    for (Index first = 0; first < static_cast<Index>(walk.files.size()); first += batch) {
        run.progress("reading headers", static_cast<double>(first) / static_cast<double>(walk.files.size()));
        const Index count = std::min(batch, static_cast<Index>(walk.files.size()) - first);
        parallel_for_uneven(Cpu{run.profiler}, "dicom headers", count, 4, [&](Index i) {
            const auto at = static_cast<std::size_t>(first + i);
            try {
                described[at] = describe_file(walk.files[at]);
            } catch (const Error& error) {
                refused[at] = Refusal{error.code(), error.what()};
            }
        });
    }

    std::map<std::string, Series> by_uid;
    for (std::size_t i = 0; i < walk.files.size(); ++i) {
        if (refused[i]) walk.refusals.push_back(*refused[i]);
        if (!described[i]) continue;
        ImageFile& file = *described[i];
        const std::string uid = file.dataset().text(tag::series_uid);
        if (!file.header.damage.empty()) {
            walk.refusals.push_back(
                {ExitCode::input_unreadable,
                 fmt::format("The DICOM header of {} is damaged: {}. Export the series again.",
                             file.path.string(), file.header.damage)});
            continue;
        }
        if (file.header.truncated && uid.empty()) {
            walk.refusals.push_back(
                {ExitCode::input_truncated,
                 fmt::format("{} ends inside its DICOM header ({} bytes): the file is not "
                             "complete; copy it again.",
                             file.path.string(), file.header.file_size)});
            continue;
        }
        if (file.header.transfer_syntax == uid::deflated_little) {
            walk.refusals.push_back(
                {ExitCode::input_unsupported,
                 fmt::format("{} is stored in a deflated transfer syntax ({}), which ctffr does not read: "
                             "convert it to explicit VR little endian.",
                             file.path.string(), uid::deflated_little)});
            continue;
        }
        // Reports, directories and waveforms have no pixels and are not images.
        if (!file.header.has_pixels && !file.header.truncated && !file.dataset().has_value(tag::rows))
            continue;
        Series& series = by_uid[uid];
        series.info.files.push_back(file.path);
        series.files.push_back(std::move(file));
    }
    for (const Refusal& refusal : walk.refusals) run.warn("Left out: {}", refusal.sentence);
    if (by_uid.empty()) {
        if (!walk.refusals.empty())
            throw Error(walk.refusals.front().code, "{}", walk.refusals.front().sentence);
        throw Error(is_folder ? ExitCode::input_missing : ExitCode::input_not_ct,
                    "{} holds no DICOM image ({} file{} looked at): give the folder of the CT series, or a "
                    "NIfTI, NRRD "
                    "or MetaImage file.",
                    path.string(), walk.files.size(), walk.files.size() == 1 ? "" : "s");
    }
    std::vector<Series> out;
    for (auto& [uid, series] : by_uid) {
        series.info.series_uid = uid;
        series.info.description = series.first().text(tag::series_description);
        series.info.modality = series.first().text(tag::modality);
        series.info.slices = series.frames();
        for (Series& phase : split_phases(std::move(series))) out.push_back(std::move(phase));
    }
    return out;
}

}  // namespace ctffr::dicom
