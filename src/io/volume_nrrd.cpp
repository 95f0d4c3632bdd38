// SPDX-License-Identifier: Apache-2.0
// NRRD headers (https://teem.sourceforge.net/nrrd/format.html): three spatial axes, raw or gzip voxels,
// attached or in one separate file.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <string>

#include "ctffr/core/error.hpp"
#include "io/header_text.hpp"
#include "io/volume_raw.hpp"

namespace ctffr {

namespace {

constexpr std::size_t longest_header = std::size_t{1} << 20;

struct NrrdHeader {
    std::map<std::string, std::string> fields;  // names in lower case
    std::uint64_t end = 0;                      // byte after the blank line; the file size when there is none
    bool complete = false;                      // a blank line was found

    std::string value(const std::string& name) const {
        const auto found = fields.find(name);
        return found == fields.end() ? std::string() : found->second;
    }
};

NrrdHeader read_fields(ByteFile& file) {
    const std::size_t count = static_cast<std::size_t>(std::min<std::uint64_t>(longest_header, file.size()));
    const std::string_view text(reinterpret_cast<const char*>(file.view(0, count)), count);
    NrrdHeader header;
    header.end = file.size();
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t newline = text.find('\n', at);
        if (newline == std::string_view::npos) break;
        const std::string_view line = trim(text.substr(at, newline - at));
        at = newline + 1;
        if (line.empty()) {
            header.end = at;
            header.complete = true;
            break;
        }
        const std::size_t colon = line.find(':');
        if (line.front() == '#' || colon == std::string_view::npos) continue;
        if (colon + 1 < line.size() && line[colon + 1] == '=') continue;  // key/value pairs are not fields
        header.fields[lower_case(trim(line.substr(0, colon)))] = std::string(trim(line.substr(colon + 1)));
    }
    return header;
}

VoxelType type_of(const std::string& type, const std::string& where) {
    static const std::map<std::string, VoxelType> types = {{"signed char", VoxelType::i8},
                                                           {"int8", VoxelType::i8},
                                                           {"int8_t", VoxelType::i8},
                                                           {"uchar", VoxelType::u8},
                                                           {"unsigned char", VoxelType::u8},
                                                           {"uint8", VoxelType::u8},
                                                           {"uint8_t", VoxelType::u8},
                                                           {"short", VoxelType::i16},
                                                           {"short int", VoxelType::i16},
                                                           {"signed short", VoxelType::i16},
                                                           {"signed short int", VoxelType::i16},
                                                           {"int16", VoxelType::i16},
                                                           {"int16_t", VoxelType::i16},
                                                           {"ushort", VoxelType::u16},
                                                           {"unsigned short", VoxelType::u16},
                                                           {"unsigned short int", VoxelType::u16},
                                                           {"uint16", VoxelType::u16},
                                                           {"uint16_t", VoxelType::u16},
                                                           {"int", VoxelType::i32},
                                                           {"signed int", VoxelType::i32},
                                                           {"int32", VoxelType::i32},
                                                           {"int32_t", VoxelType::i32},
                                                           {"uint", VoxelType::u32},
                                                           {"unsigned int", VoxelType::u32},
                                                           {"uint32", VoxelType::u32},
                                                           {"uint32_t", VoxelType::u32},
                                                           {"longlong", VoxelType::i64},
                                                           {"long long", VoxelType::i64},
                                                           {"int64", VoxelType::i64},
                                                           {"int64_t", VoxelType::i64},
                                                           {"ulonglong", VoxelType::u64},
                                                           {"unsigned long long", VoxelType::u64},
                                                           {"uint64", VoxelType::u64},
                                                           {"uint64_t", VoxelType::u64},
                                                           {"float", VoxelType::f32},
                                                           {"double", VoxelType::f64}};
    const auto found = types.find(lower_case(type));
    if (found == types.end())
        throw Error(ExitCode::input_unsupported, "{} has voxels of type '{}', which ctffr does not read.",
                    where, type);
    return found->second;
}

// Signs that turn the header's space into LPS.
Vec3 signs_of(const NrrdHeader& header, const std::string& where, const Run& run) {
    const std::string space = lower_case(header.value("space"));
    if (space == "left-posterior-superior" || space == "lps") return {1, 1, 1};
    if (space == "right-anterior-superior" || space == "ras") return {-1, -1, 1};
    if (space == "left-anterior-superior" || space == "las") return {1, -1, 1};
    if (!space.empty())
        throw Error(ExitCode::input_unsupported,
                    "{} lies in the space '{}', which does not say where left and right are.", where, space);
    run.warn("{} does not say how the patient lies in it (no 'space'): taken as left-posterior-superior.",
             where);
    return {1, 1, 1};
}

// "(a,b,c)" as a vector; anything else is not finite.
Vec3 vector_of(std::string_view text) {
    const Vec3 none{NAN, NAN, NAN};
    text = trim(text);
    if (text.size() < 2 || text.front() != '(' || text.back() != ')') return none;
    std::string inside(text.substr(1, text.size() - 2));
    std::replace(inside.begin(), inside.end(), ',', ' ');
    const std::vector<double> values = numbers_of(inside, 3);
    return values.empty() ? none : Vec3{values[0], values[1], values[2]};
}

// "(..) (..) (..)", with or without blanks inside the brackets.
std::vector<std::string> bracketed(const std::string& text) {
    std::vector<std::string> out;
    for (std::size_t open = text.find('('); open != std::string::npos; open = text.find('(', open + 1)) {
        const std::size_t close = text.find(')', open);
        if (close == std::string::npos) break;
        out.push_back(text.substr(open, close - open + 1));
    }
    return out;
}

void take_axes(const NrrdHeader& header, RawImage& image, const Run& run) {
    const std::string where = image.header.string();
    const Vec3 sign = signs_of(header, where, run);
    const auto lps = [&](Vec3 v) { return Vec3{sign.x * v.x, sign.y * v.y, sign.z * v.z}; };
    const std::string directions = header.value("space directions");
    if (!directions.empty()) {
        const std::vector<std::string> axes = bracketed(directions);
        if (axes.size() != 3)
            throw Error(ExitCode::input_geometry, "{} gives {} space directions; a volume has three.", where,
                        axes.size());
        for (std::size_t a = 0; a < 3; ++a) image.axis_lps_mm[a] = lps(vector_of(axes[a]));
    } else {
        const std::vector<double> spacing = numbers_of(header.value("spacings"), 3);
        if (spacing.empty())
            throw Error(ExitCode::input_geometry, "{} has neither space directions nor three spacings.",
                        where);
        for (int a = 0; a < 3; ++a) image.axis_lps_mm[a][a] = spacing[static_cast<std::size_t>(a)];
        for (Vec3& axis : image.axis_lps_mm) axis = lps(axis);
    }
    if (const std::string origin = header.value("space origin"); !origin.empty())
        image.origin_lps_mm = lps(vector_of(origin));
}

void take_size(const NrrdHeader& header, RawImage& image) {
    const std::string where = image.header.string();
    const std::optional<std::int64_t> dimension = whole_number_of(header.value("dimension"));
    const std::vector<std::string_view> words = split_words(header.fields.at("sizes"));
    if (dimension != 3 || words.size() != 3)
        throw Error(ExitCode::input_unsupported, "{} has {} axes; a CT volume has three.", where,
                    words.size());
    image.size = sides_of(header.fields.at("sizes"), where);
}

// Where the voxels are: file, compression, bytes to skip.
void take_data(const NrrdHeader& header, RawImage& image) {
    const std::string where = image.header.string();
    std::string detached = header.value("data file");
    if (detached.empty()) detached = header.value("datafile");
    image.offset = header.end;
    if (!detached.empty()) {
        if (detached.starts_with("LIST") || detached.find('%') != std::string::npos)
            throw Error(ExitCode::input_unsupported,
                        "{} spreads its voxels over several files: save it as one file.", where);
        image.data = beside(image.header, detached);
        image.offset = 0;
    } else if (!header.complete) {
        throw Error(ExitCode::input_truncated, "{} ends inside its NRRD header: copy it again.", where);
    }
    const std::string encoding = lower_case(header.value("encoding"));
    image.deflated = encoding == "gzip" || encoding == "gz";
    if (!image.deflated && encoding != "raw")
        throw Error(ExitCode::input_unsupported,
                    "{} has voxels in the encoding '{}'; ctffr reads raw and gzip.", where, encoding);
    const std::string line_skip = header.value("line skip"), byte_skip = header.value("byte skip");
    const std::int64_t bytes = byte_skip.empty() ? 0 : whole_number_of(byte_skip).value_or(-2);
    if ((!line_skip.empty() && line_skip != "0") || bytes < -1 || (bytes == -1 && image.deflated))
        throw Error(ExitCode::input_unsupported,
                    "{} skips lines or bytes before its voxels in a way ctffr does not read.", where);
    if (bytes == -1) {  // the voxels are the last bytes of the file
        const std::uint64_t needed = static_cast<std::uint64_t>(image.size.count()) * bytes_of(image.type);
        const ByteFile data(image.data);
        image.offset = std::max(image.offset, data.size() - std::min(data.size(), needed));
    } else {
        (image.deflated ? image.skip : image.offset) += static_cast<std::uint64_t>(bytes);
    }
}

}  // namespace

bool is_nrrd(ByteFile& file) {
    const std::uint8_t* head = file.view(0, 8);
    return head && std::memcmp(head, "NRRD000", 7) == 0;
}

RawImage parse_nrrd(ByteFile& file, const Run& run) {
    const NrrdHeader header = read_fields(file);
    RawImage image;
    image.header = image.data = file.path();
    const std::string where = file.path().string();
    for (const char* needed : {"type", "dimension", "sizes", "encoding"})
        if (header.value(needed).empty())
            throw Error(
                header.complete ? ExitCode::input_unreadable : ExitCode::input_truncated,
                "The NRRD header of {} has no '{}': {}.", where, needed,
                header.complete ? "the header is broken" : "the file ends inside its header; copy it again");
    image.type = type_of(header.value("type"), where);
    take_size(header, image);
    take_axes(header, image, run);
    image.big_endian = lower_case(header.value("endian")) == "big";
    take_data(header, image);
    return image;
}

}  // namespace ctffr
