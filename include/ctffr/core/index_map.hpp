// SPDX-License-Identifier: Apache-2.0
// Open-addressing map from a 64-bit key to an index: lookups by lattice place, many times faster than
// std::map.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ctffr {

class IndexMap {
   public:
    explicit IndexMap(std::size_t expected = 64) { rehash(expected * 2); }

    // Value of `key`, or -1.
    std::int32_t find(std::uint64_t key) const {
        for (std::size_t at = slot(key);; at = (at + 1) & mask_) {
            if (values_[at] < 0) return -1;
            if (keys_[at] == key) return values_[at];
        }
    }
    // Stores `value` (>= 0) unless the key is there; returns the value that is there afterwards.
    std::int32_t insert(std::uint64_t key, std::int32_t value) {
        if ((size_ + 1) * 2 > values_.size()) grow();
        std::size_t at = slot(key);
        while (values_[at] >= 0) {
            if (keys_[at] == key) return values_[at];
            at = (at + 1) & mask_;
        }
        keys_[at] = key, values_[at] = value, ++size_;
        return value;
    }
    std::size_t size() const { return size_; }

   private:
    std::size_t slot(std::uint64_t key) const {
        // Finaliser of splitmix64: neighbouring lattice places must not cluster.
        key = (key ^ (key >> 30)) * 0xBF58476D1CE4E5B9ULL;
        key = (key ^ (key >> 27)) * 0x94D049BB133111EBULL;
        return static_cast<std::size_t>(key ^ (key >> 31)) & mask_;
    }
    void rehash(std::size_t at_least) {
        std::size_t capacity = 64;
        while (capacity < at_least) capacity *= 2;
        keys_.assign(capacity, 0), values_.assign(capacity, -1);
        mask_ = capacity - 1, size_ = 0;
    }
    void grow() {
        std::vector<std::uint64_t> keys = std::move(keys_);
        std::vector<std::int32_t> values = std::move(values_);
        rehash(2 * values.size());
        for (std::size_t i = 0; i < values.size(); ++i)
            if (values[i] >= 0) insert(keys[i], values[i]);
    }

    std::vector<std::uint64_t> keys_;
    std::vector<std::int32_t> values_;
    std::size_t mask_ = 0, size_ = 0;
};

// Key of a lattice place with coordinates in [0, 2^21).
inline std::uint64_t lattice_key(std::int64_t x, std::int64_t y, std::int64_t z) {
    return static_cast<std::uint64_t>(x) | static_cast<std::uint64_t>(y) << 21 |
           static_cast<std::uint64_t>(z) << 42;
}

}  // namespace ctffr
