#include "engine/io/address_limits.h"

#include <algorithm>
#include <utility>

namespace hydrant {
namespace {

// Looking through the whole table is not for every request.
constexpr absl::Duration kForgetInterval = absl::Seconds(1);
constexpr char kOthers[] = "others";

}  // namespace

std::string NetworkOf(const boost::asio::ip::address& address) {
  if (address.is_v4()) return address.to_string();
  if (address.to_v6().is_v4_mapped()) {
    return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6())
        .to_string();
  }
  auto bytes = address.to_v6().to_bytes();
  std::fill(bytes.begin() + 8, bytes.end(), 0);
  return boost::asio::ip::address_v6(bytes).to_string() + "/64";
}

bool NetworkCounter::Enter(const std::string& network) {
  if (each_max_ == 0) return true;
  absl::MutexLock lock(&mutex_);
  size_t& count = counts_[network];
  if (count >= each_max_) return false;
  ++count;
  return true;
}

void NetworkCounter::Leave(const std::string& network) {
  if (each_max_ == 0) return;
  absl::MutexLock lock(&mutex_);
  const auto found = counts_.find(network);
  if (found != counts_.end() && --found->second == 0) counts_.erase(found);
}

double NetworkRates::Filled(const Bucket& bucket, absl::Time now) const {
  const double seconds = std::max(0.0, absl::ToDoubleSeconds(now - bucket.filled));
  return std::min(rate_, bucket.tokens + seconds * rate_);
}

bool NetworkRates::Take(const std::string& network, absl::Time now) {
  if (rate_ <= 0) return true;
  absl::MutexLock lock(&mutex_);
  auto found = buckets_.find(network);
  if (found == buckets_.end()) {
    if (buckets_.size() >= kNetworksMax) ForgetFullBuckets(now);
    const bool room = buckets_.size() < kNetworksMax;
    found = buckets_.try_emplace(room ? network : kOthers, Bucket{rate_, now}).first;
  }
  Bucket& bucket = found->second;
  bucket = {Filled(bucket, now), now};
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

// A full bucket says no more than none.
void NetworkRates::ForgetFullBuckets(absl::Time now) {
  if (now - forgotten_ < kForgetInterval) return;
  forgotten_ = now;
  absl::erase_if(buckets_, [&](const auto& entry) { return Filled(entry.second, now) >= rate_; });
}

}  // namespace hydrant
