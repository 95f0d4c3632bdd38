// SPDX-License-Identifier: Apache-2.0
// Parsing the header of a DICOM file. The parser is our own because it must survive any damage: GDCM of
// Debian is built with assertions that end the process.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/byte_file.hpp"
#include "io/dicom_tags.hpp"

namespace ctffr::dicom {

struct Dataset;

struct Element {
    std::string vr;     // two letters; "" when the file does not say (implicit VR) and we do not know
    std::string value;  // little endian; empty for sequences and for very long values
    std::vector<Dataset> items;  // of a sequence
};

// Attributes by tag. A getter of an absent attribute returns an empty value; a value that cannot be
// understood (text where a number belongs) comes out as NaN or empty, never as an exception.
struct Dataset {
    std::map<Tag, Element> elements;

    const Element* find(Tag tag) const;
    bool has_value(Tag tag) const;                  // present and not empty
    std::string text(Tag tag) const;                // without padding
    std::vector<std::string> texts(Tag tag) const;  // split at the backslashes
    std::vector<double> numbers(Tag tag) const;     // DS, IS, FD, FL, US, SS, UL
    std::optional<double> number(Tag tag) const;    // the first, when finite
    std::optional<int> integer(Tag tag) const;      // the first, when whole
    const Dataset* first_item(Tag tag) const;       // of a sequence; null when absent or empty
};

// What a file holds up to its pixels.
struct FileHeader {
    Dataset dataset;
    std::string transfer_syntax;
    std::uint64_t file_size = 0;
    bool has_pixels = false, encapsulated = false;
    std::uint64_t pixel_offset = 0, pixel_length = 0;  // of the value; length 0 when encapsulated
    bool truncated = false;                            // the file ends inside the header
    std::string damage;                                // what is broken in the header; empty: nothing
};

// Empty when the file is not DICOM at all. Throws only when the file cannot be opened or read.
std::optional<FileHeader> read_header(ByteFile& file);

// Byte ranges of the compressed frames, several per frame where an encoder split it.
struct Fragment {
    std::uint64_t offset = 0;
    std::uint32_t length = 0;
};
// Throws Error(input_truncated) when the file ends before the last frame, Error(input_unreadable) when the
// items are broken.
std::vector<std::vector<Fragment>> find_fragments(ByteFile& file, const FileHeader& header, int frames);

// `text` as UTF-8 without control characters; `character_set` is (0008,0005).
std::string to_utf8(std::string_view text, std::string_view character_set);

}  // namespace ctffr::dicom
