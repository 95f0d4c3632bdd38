// SPDX-License-Identifier: Apache-2.0
#include "io/dicom_encode.hpp"

#include <cstring>
#include <string>

#include <fmt/format.h>

#include "ctffr/core/error.hpp"
#include "ctffr/io/files.hpp"

namespace ctffr::dicom {

namespace {

void append_u16(std::string& out, std::uint16_t value) {
    out += static_cast<char>(value & 0xFF);
    out += static_cast<char>(value >> 8);
}

void append_u32(std::string& out, std::uint32_t value) {
    append_u16(out, static_cast<std::uint16_t>(value & 0xFFFF));
    append_u16(out, static_cast<std::uint16_t>(value >> 16));
}

void append_tag(std::string& out, Tag tag) {
    append_u16(out, static_cast<std::uint16_t>(tag >> 16));
    append_u16(out, static_cast<std::uint16_t>(tag & 0xFFFF));
}

template <class T>
void append_value(std::string& out, T value) {
    char bytes[sizeof(T)];
    std::memcpy(bytes, &value, sizeof(T));
    out.append(bytes, sizeof(T));
}

// VRs whose length field has 32 bits (PS3.5 table 7.1-1).
bool has_long_length(std::string_view vr) {
    return vr == "OB" || vr == "OW" || vr == "OF" || vr == "OD" || vr == "OL" || vr == "SQ" || vr == "UN" ||
           vr == "UT" || vr == "UC" || vr == "UR";
}

void append_element(std::string& out, Tag tag, std::string_view vr, std::string_view value) {
    append_tag(out, tag);
    out += vr;
    if (has_long_length(vr)) {
        append_u16(out, 0);
        append_u32(out, static_cast<std::uint32_t>(value.size()));
    } else {
        CTFFR_CHECK_OP(value.size(), <, std::size_t{65536});
        append_u16(out, static_cast<std::uint16_t>(value.size()));
    }
    out += value;
}

}  // namespace

std::string decimal_string(double value) {
    for (int digits = 15; digits > 0; --digits) {
        std::string text = fmt::format("{:.{}g}", value, digits);
        if (text.size() <= 16) return text;
    }
    throw Error(ExitCode::internal, "The number {} does not fit into a DICOM decimal string.", value);
}

DatasetBuilder& DatasetBuilder::text(Tag tag, std::string_view vr, std::string_view value) {
    std::string padded(value);
    if (padded.size() % 2 != 0) padded += vr == "UI" ? '\0' : ' ';
    elements_[tag] = {std::string(vr), std::move(padded)};
    return *this;
}

DatasetBuilder& DatasetBuilder::numbers(Tag tag, std::string_view vr, const std::vector<double>& values) {
    std::string out;
    for (const double value : values) {
        if (vr == "FD") {
            append_value(out, value);
        } else if (vr == "FL") {
            append_value(out, static_cast<float>(value));
        } else {
            if (!out.empty()) out += '\\';
            out += vr == "IS" ? fmt::format("{}", static_cast<long>(value)) : decimal_string(value);
        }
    }
    return vr == "FD" || vr == "FL" ? raw(tag, vr, std::move(out)) : text(tag, vr, out);
}

DatasetBuilder& DatasetBuilder::us(Tag tag, std::uint16_t value) {
    std::string out;
    append_u16(out, value);
    return raw(tag, "US", std::move(out));
}

DatasetBuilder& DatasetBuilder::ss(Tag tag, std::int16_t value) {
    std::string out;
    append_value(out, value);
    return raw(tag, "SS", std::move(out));
}

DatasetBuilder& DatasetBuilder::ul(Tag tag, const std::vector<std::uint32_t>& values) {
    std::string out;
    for (const std::uint32_t value : values) append_u32(out, value);
    return raw(tag, "UL", std::move(out));
}

DatasetBuilder& DatasetBuilder::tags(Tag tag, Tag value) {
    std::string out;
    append_tag(out, value);
    return raw(tag, "AT", std::move(out));
}

DatasetBuilder& DatasetBuilder::sequence(Tag tag, const std::vector<DatasetBuilder>& items) {
    std::string out;
    for (const DatasetBuilder& item : items) {
        const std::string bytes = item.bytes();
        append_tag(out, tag::item);
        append_u32(out, static_cast<std::uint32_t>(bytes.size()));
        out += bytes;
    }
    return raw(tag, "SQ", std::move(out));
}

DatasetBuilder& DatasetBuilder::raw(Tag tag, std::string_view vr, std::string bytes) {
    elements_[tag] = {std::string(vr), std::move(bytes)};
    return *this;
}

std::string DatasetBuilder::bytes() const {
    std::string out;
    for (const auto& [tag, element] : elements_) append_element(out, tag, element.vr, element.value);
    return out;
}

std::string file_head(std::string_view sop_class, std::string_view sop_instance,
                      std::string_view transfer_syntax) {
    DatasetBuilder meta;
    meta.raw(0x00020001, "OB", std::string("\0\1", 2))
        .text(0x00020002, "UI", sop_class)
        .text(0x00020003, "UI", sop_instance)
        .text(tag::transfer_syntax, "UI", transfer_syntax)
        .text(0x00020012, "UI", uid_from_text("ctffr implementation class"))
        .text(0x00020013, "SH", "CTFFR");
    const std::string group = meta.bytes();
    std::string out(128, '\0');
    out += "DICM";
    std::string length;
    append_u32(length, static_cast<std::uint32_t>(group.size()));
    append_element(out, 0x00020000, "UL", length);
    return out + group;
}

std::string native_pixel_head(std::uint32_t bytes) {
    std::string out;
    append_tag(out, tag::pixel_data);
    out += "OW";
    append_u16(out, 0);
    append_u32(out, bytes);
    return out;
}

std::string encapsulated_pixels(const std::vector<std::string>& frames) {
    std::string out;
    append_tag(out, tag::pixel_data);
    out += "OB";
    append_u16(out, 0);
    append_u32(out, 0xFFFFFFFFu);
    append_tag(out, tag::item);
    append_u32(out, static_cast<std::uint32_t>(4 * frames.size()));
    std::uint32_t offset = 0;
    for (const std::string& frame : frames) {
        append_u32(out, offset);
        offset += static_cast<std::uint32_t>(8 + frame.size() + frame.size() % 2);
    }
    for (const std::string& frame : frames) {
        append_tag(out, tag::item);
        append_u32(out, static_cast<std::uint32_t>(frame.size() + frame.size() % 2));
        out += frame;
        if (frame.size() % 2 != 0) out += '\0';
    }
    append_tag(out, tag::sequence_end);
    append_u32(out, 0);
    return out;
}

std::string uid_from_text(std::string_view text) {
    const std::string hex = sha256_hex(text);
    std::uint64_t half[2];
    for (int i = 0; i < 2; ++i)
        half[i] = std::stoull(hex.substr(16 * static_cast<std::size_t>(i), 16), nullptr, 16);
    half[0] = (half[0] & ~0xF000ull) | 0x8000ull;                         // version 8: made from a name by us
    half[1] = (half[1] & 0x3FFFFFFFFFFFFFFFull) | 0x8000000000000000ull;  // variant of RFC 9562
    unsigned __int128 number = static_cast<unsigned __int128>(half[0]) << 64 | half[1];
    std::string digits;
    for (; number != 0; number /= 10)
        digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(number % 10)));
    return "2.25." + digits;
}

}  // namespace ctffr::dicom
