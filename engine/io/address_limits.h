// What one client may take before anything is known of it but its address: connections at a time, requests a
// second. Clients are told apart by network: an IPv4 address, or the /64 of an IPv6 address.
// Owner:   any thread
// Units:   requests a second; the table of rates holds kNetworksMax networks, those beyond share one rate
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/synchronization/mutex.h>
#include <absl/time/time.h>
#include <boost/asio/ip/address.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace hydrant {

// "192.0.2.7", "2001:db8::/64".
std::string NetworkOf(const boost::asio::ip::address& address);

// Counts what every network has under way. As large as the number of connections, which is bounded.
class NetworkCounter {
 public:
  // 0: no limit.
  explicit NetworkCounter(size_t each_max) : each_max_(each_max) {}
  // False, and nothing is counted: the network has its share.
  bool Enter(const std::string& network);
  void Leave(const std::string& network);

 private:
  const size_t each_max_;
  absl::Mutex mutex_;
  absl::flat_hash_map<std::string, size_t> counts_ ABSL_GUARDED_BY(mutex_);
};

// A token bucket for every network, of one second's requests.
class NetworkRates {
 public:
  static constexpr size_t kNetworksMax = 65'536;

  // 0: no limit.
  explicit NetworkRates(int requests_per_second) : rate_(requests_per_second) {}
  bool Take(const std::string& network, absl::Time now);

 private:
  struct Bucket {
    double tokens;
    absl::Time filled;
  };
  void ForgetFullBuckets(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  double Filled(const Bucket& bucket, absl::Time now) const;

  const double rate_;
  absl::Mutex mutex_;
  absl::flat_hash_map<std::string, Bucket> buckets_ ABSL_GUARDED_BY(mutex_);
  absl::Time forgotten_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
};

}  // namespace hydrant
