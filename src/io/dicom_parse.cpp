// SPDX-License-Identifier: Apache-2.0
// The DICOM data set parser: explicit and implicit VR, both byte orders, nested sequences (PS3.5 chapter 7).
#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <stdexcept>

#include <fmt/format.h>

#include "ctffr/core/error.hpp"
#include "io/dicom_dataset.hpp"

namespace ctffr::dicom {

namespace {

constexpr std::uint32_t undefined_length = 0xFFFFFFFFu;
constexpr std::size_t longest_value = std::size_t{1} << 20;  // longer ones (private blobs) are skipped
constexpr int deepest_nesting = 16;
constexpr std::size_t most_elements = 2'000'000;

// Thrown inside the parser only; read_header turns them into FileHeader::truncated and FileHeader::damage.
struct Truncated {};
struct Damaged {
    std::string what;
};

// VR of the attributes we read, for implicit VR files.
std::string_view known_vr(Tag tag) {
    switch (tag) {
        case tag::samples:
        case tag::rows:
        case tag::columns:
        case tag::bits_allocated:
        case tag::bits_stored:
        case tag::high_bit:
        case tag::pixel_representation:
        case tag::padding_value:
        case tag::padding_limit: return "US";
        case tag::cardiac_phase_pct: return "FL";
        case tag::shared_groups:
        case tag::per_frame_groups:
        case tag::pixel_measures:
        case tag::plane_orientation:
        case tag::plane_position:
        case tag::pixel_transformation:
        case tag::ct_frame_type:
        case tag::ct_reconstruction:
        case tag::ct_xray_details:
        case tag::cardiac_synchronization:
        case tag::frame_content:
        case tag::contrast_agent_sequence: return "SQ";
        default: return "";
    }
}

bool is_vr(const std::uint8_t* at) {
    static constexpr std::string_view all =
        "AE AS AT CS DA DS DT FL FD IS LO LT OB OD OF OL OV OW PN SH SL SQ SS ST SV TM UC UI UL UN UR US UT "
        "UV";
    const std::string_view vr(reinterpret_cast<const char*>(at), 2);
    return std::isupper(at[0]) && std::isupper(at[1]) && all.find(vr) != std::string_view::npos;
}

bool has_long_length(std::string_view vr) {
    static constexpr std::array long_vrs = {"OB", "OD", "OF", "OL", "OV", "OW", "SQ",
                                            "SV", "UC", "UN", "UR", "UT", "UV"};
    return std::find(long_vrs.begin(), long_vrs.end(), vr) != long_vrs.end();
}

std::size_t swap_unit(std::string_view vr) {
    if (vr == "US" || vr == "SS" || vr == "OW" || vr == "AT") return 2;
    if (vr == "UL" || vr == "SL" || vr == "FL" || vr == "OF") return 4;
    if (vr == "FD" || vr == "OD") return 8;
    return 1;
}

struct Encoding {
    bool explicit_vr = true, big_endian = false;
};

class Parser {
   public:
    Parser(ByteFile& file, FileHeader& header) : file_(file), header_(header) {}

    void parse_file() {
        std::uint64_t at = 0;
        const bool preamble = has_magic();
        if (preamble) at = parse_meta(132);
        Encoding encoding;
        encoding.explicit_vr = header_.transfer_syntax != uid::implicit_little;
        encoding.big_endian = header_.transfer_syntax == uid::explicit_big;
        if (!preamble) {
            encoding.explicit_vr = is_vr(need(4, 2));
            header_.transfer_syntax = encoding.explicit_vr ? uid::explicit_little : uid::implicit_little;
        }
        if (header_.transfer_syntax == uid::deflated_little) return;  // refused by whoever asked
        parse_items_of(header_.dataset, at, file_.size(), encoding, 0);
    }

    bool has_magic() {
        const std::uint8_t* head = file_.view(0, 132);
        return head && std::memcmp(head + 128, "DICM", 4) == 0;
    }
    // A data set without preamble starts with a small tag of group 0008.
    bool looks_like_bare_dataset() {
        const std::uint8_t* head = file_.view(0, 8);
        return head && head[0] == 8 && head[1] == 0 && head[2] <= 0x18 && head[3] == 0 &&
               (is_vr(head + 4) || (head[5] == 0 && head[6] == 0 && head[7] == 0));
    }

   private:
    const std::uint8_t* need(std::uint64_t offset, std::size_t count) {
        const std::uint8_t* bytes = file_.view(offset, count);
        if (!bytes) throw Truncated{};
        return bytes;
    }
    std::uint16_t u16(std::uint64_t offset, const Encoding& encoding) {
        const std::uint8_t* b = need(offset, 2);
        return static_cast<std::uint16_t>(encoding.big_endian ? b[0] << 8 | b[1] : b[1] << 8 | b[0]);
    }
    std::uint32_t u32(std::uint64_t offset, const Encoding& encoding) {
        const std::uint32_t first = u16(offset, encoding), second = u16(offset + 2, encoding);
        return encoding.big_endian ? first << 16 | second : second << 16 | first;
    }
    Tag tag_at(std::uint64_t offset, const Encoding& encoding) {
        return static_cast<Tag>(u16(offset, encoding)) << 16 | u16(offset + 2, encoding);
    }

    // The file meta group, always explicit little endian; returns where the data set starts.
    std::uint64_t parse_meta(std::uint64_t at) {
        const Encoding encoding;
        while (file_.size() > at && u16(at, encoding) == 0x0002)
            at = parse_element(header_.dataset, at, file_.size(), encoding, 0);
        header_.transfer_syntax = header_.dataset.text(tag::transfer_syntax);
        if (header_.transfer_syntax.empty()) throw Damaged{"it names no transfer syntax"};
        return at;
    }

    // Elements from `at` up to `end`, or to the end mark of an item of undefined length.
    std::uint64_t parse_items_of(Dataset& dataset, std::uint64_t at, std::uint64_t end,
                                 const Encoding& encoding, int depth) {
        while (at < end && !header_.has_pixels) {
            if (depth > 0 && tag_at(at, encoding) == tag::item_end) return at + 8;
            at = parse_element(dataset, at, end, encoding, depth);
        }
        return at;
    }

    std::uint64_t parse_element(Dataset& dataset, std::uint64_t at, std::uint64_t end,
                                const Encoding& encoding, int depth) {
        if (++elements_ > most_elements) throw Damaged{"it has millions of attributes"};
        const Tag tag = tag_at(at, encoding);
        std::string vr;
        std::uint32_t length = 0;
        std::uint64_t value = 0;
        if (encoding.explicit_vr) {
            const std::uint8_t* letters = need(at + 4, 2);
            if (!is_vr(letters))
                throw Damaged{fmt::format("the attribute ({:04X},{:04X}) at byte {} has no valid type",
                                          tag >> 16, tag & 0xFFFF, at)};
            vr.assign(reinterpret_cast<const char*>(letters), 2);
            const bool is_long = has_long_length(vr);
            length = is_long ? u32(at + 8, encoding) : u16(at + 6, encoding);
            value = at + (is_long ? 12 : 8);
        } else {
            vr = known_vr(tag);
            length = u32(at + 4, encoding);
            value = at + 8;
        }
        if (depth == 0 && tag == tag::pixel_data) return take_pixels(vr, value, length);
        const bool is_sequence = vr == "SQ" || length == undefined_length;
        if (length != undefined_length && length > end - std::min(end, value)) {
            if (end == file_.size()) throw Truncated{};
            throw Damaged{fmt::format("the attribute ({:04X},{:04X}) at byte {} is longer than its sequence",
                                      tag >> 16, tag & 0xFFFF, at)};
        }
        Element element;
        element.vr = vr == "UN" ? std::string(known_vr(tag)) : vr;
        if (is_sequence) {
            // PS3.5 6.2.2: a sequence of unknown type is encoded as implicit VR little endian.
            const Encoding inner = vr == "UN" ? Encoding{false, false} : encoding;
            const std::uint64_t after = parse_sequence(element, value, length, end, inner, depth + 1);
            dataset.elements[tag] = std::move(element);
            return after;
        }
        if (length <= longest_value) {
            const std::uint8_t* bytes = need(value, length);
            element.value.assign(reinterpret_cast<const char*>(bytes), length);
            if (encoding.big_endian) swap(element.value, swap_unit(vr));
        }
        dataset.elements[tag] = std::move(element);
        return value + length;
    }

    std::uint64_t take_pixels(const std::string& vr, std::uint64_t value, std::uint32_t length) {
        header_.has_pixels = true;
        header_.encapsulated = length == undefined_length;
        header_.pixel_offset = value;
        header_.pixel_length = header_.encapsulated ? 0 : length;
        header_.dataset.elements[tag::pixel_data].vr = vr;
        return file_.size();
    }

    std::uint64_t parse_sequence(Element& element, std::uint64_t at, std::uint32_t length,
                                 std::uint64_t outer_end, const Encoding& encoding, int depth) {
        if (depth > deepest_nesting) throw Damaged{"its sequences are nested too deeply"};
        const std::uint64_t end = length == undefined_length ? outer_end : at + length;
        while (at < end) {
            const Tag tag = tag_at(at, encoding);
            const std::uint32_t item_length = u32(at + 4, encoding);
            at += 8;
            if (tag == tag::sequence_end) return at;
            if (tag != tag::item)
                throw Damaged{fmt::format("the sequence at byte {} has something else than items", at)};
            if (item_length != undefined_length && item_length > end - at) throw Truncated{};
            element.items.emplace_back();
            at = parse_items_of(element.items.back(), at,
                                item_length == undefined_length ? end : at + item_length, encoding, depth);
        }
        if (length == undefined_length) throw Truncated{};
        return at;
    }

    static void swap(std::string& bytes, std::size_t unit) {
        for (std::size_t i = 0; i + unit <= bytes.size(); i += unit)
            std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(i),
                         bytes.begin() + static_cast<std::ptrdiff_t>(i + unit));
    }

    ByteFile& file_;
    FileHeader& header_;
    std::size_t elements_ = 0;
};

std::uint32_t little_u32(const std::uint8_t* b) {
    return static_cast<std::uint32_t>(b[0]) | static_cast<std::uint32_t>(b[1]) << 8 |
           static_cast<std::uint32_t>(b[2]) << 16 | static_cast<std::uint32_t>(b[3]) << 24;
}

// Items of encapsulated pixel data: the offset table, then all fragments.
struct ItemList {
    Fragment offset_table;
    std::vector<Fragment> fragments;
};

ItemList list_items(ByteFile& file, const FileHeader& header) {
    const auto truncated = [&]() -> Error {
        return {ExitCode::input_truncated,
                "{} ends inside its compressed pixels ({} bytes): the file is not complete; copy it again.",
                file.path().string(), file.size()};
    };
    ItemList list;
    bool first = true;
    for (std::uint64_t at = header.pixel_offset;;) {
        const std::uint8_t* head = file.view(at, 8);
        if (!head) throw truncated();
        const Tag tag = (static_cast<Tag>(head[0]) | static_cast<Tag>(head[1]) << 8) << 16 |
                        static_cast<Tag>(head[2]) | static_cast<Tag>(head[3]) << 8;
        const std::uint32_t length = little_u32(head + 4);
        at += 8;
        if (tag == tag::sequence_end) return list;
        if (tag != tag::item)
            throw Error(ExitCode::input_unreadable,
                        "{} is damaged: byte {} of its compressed pixels starts no item.",
                        file.path().string(), at - 8);
        if (length > file.size() - at) throw truncated();
        if (first)
            list.offset_table = {at, length};
        else
            list.fragments.push_back({at, length});
        first = false;
        at += length;
    }
}

}  // namespace

std::optional<FileHeader> read_header(ByteFile& file) {
    FileHeader header;
    header.file_size = file.size();
    Parser parser(file, header);
    if (!parser.has_magic() && !parser.looks_like_bare_dataset()) return std::nullopt;
    try {
        parser.parse_file();
    } catch (const Truncated&) {
        header.truncated = true;
    } catch (const Damaged& damaged) {
        header.damage = damaged.what;
    }
    return header;
}

std::vector<std::vector<Fragment>> find_fragments(ByteFile& file, const FileHeader& header, int frames) {
    const ItemList list = list_items(file, header);
    const auto count = static_cast<std::size_t>(frames);
    if (count == 1 && !list.fragments.empty()) return {list.fragments};
    std::vector<std::vector<Fragment>> out(count);
    if (list.fragments.size() == count) {
        for (std::size_t i = 0; i < count; ++i) out[i] = {list.fragments[i]};
        return out;
    }
    if (list.fragments.size() > count && list.offset_table.length >= 4 * count) {
        // Offsets count from the first fragment's item header.
        const std::uint64_t base = list.offset_table.offset + list.offset_table.length;
        std::vector<std::uint64_t> starts(count);
        const std::uint8_t* table = file.view(list.offset_table.offset, 4 * count);
        for (std::size_t i = 0; table && i < count; ++i) starts[i] = base + little_u32(table + 4 * i) + 8;
        for (const Fragment& fragment : list.fragments) {
            const auto after = std::upper_bound(starts.begin(), starts.end(), fragment.offset);
            if (after != starts.begin())
                out[static_cast<std::size_t>(after - starts.begin()) - 1].push_back(fragment);
        }
        const bool complete =
            std::none_of(out.begin(), out.end(), [](const auto& frame) { return frame.empty(); });
        if (complete) return out;
    }
    throw Error(ExitCode::input_truncated, "{} has {} compressed pieces for {} frames: frames are missing.",
                file.path().string(), list.fragments.size(), frames);
}

}  // namespace ctffr::dicom
