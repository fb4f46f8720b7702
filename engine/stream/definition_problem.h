// DefinitionProblem: one reason why a stream cannot be as its definition says.
// Owner:   plain data
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hydrant {

struct DefinitionProblem {
  // Of the member to mend: "ExtendedS3DestinationConfiguration.Prefix". From a sink: below the
  // destination's own member ("Prefix"). Empty: no single one.
  std::string path;
  // A sentence that begins with the member: what is wrong, the rule, how to mend it.
  std::string text;
  // Nothing is wrong with the definition: this build lacks what it takes.
  bool missing = false;
};

// "A.B" of "A" and "B"; either may be empty.
inline std::string JoinPath(std::string_view path, std::string_view member) {
  std::string joined(path);
  if (!path.empty() && !member.empty()) joined += '.';
  return joined.append(member);
}

// Where the problems of one part of a definition go. The list must outlive it.
class ProblemsBelow {
 public:
  ProblemsBelow(std::vector<DefinitionProblem>& all, std::string path)
      : all_(all), path_(std::move(path)) {}

  const std::string& path() const { return path_; }
  ProblemsBelow Below(std::string_view member) const { return {all_, JoinPath(path_, member)}; }
  ProblemsBelow At(size_t index) const { return {all_, path_ + "[" + std::to_string(index) + "]"}; }
  void Add(std::string_view member, std::string text) const {
    all_.push_back({JoinPath(path_, member), std::move(text), /*missing=*/false});
  }
  // `component`: what it takes to serve `subject`, and this build does not have: "sink".
  void AddMissing(std::string_view member, std::string_view subject,
                  std::string_view component) const {
    all_.push_back({JoinPath(path_, member),
                    std::string(subject)
                        .append(": this build of hydrant has no ")
                        .append(component)
                        .append(" for it"),
                    /*missing=*/true});
  }
  // Problems of a part that looks like others: their texts say where it is, too.
  void AddPart(std::string_view member, const std::vector<DefinitionProblem>& problems) const {
    for (const DefinitionProblem& problem : problems) {
      std::string path = JoinPath(JoinPath(path_, member), problem.path);
      std::string text = path + ": " + problem.text;
      all_.push_back({std::move(path), std::move(text), problem.missing});
    }
  }

 private:
  std::vector<DefinitionProblem>& all_;
  const std::string path_;
};

}  // namespace hydrant
