// The life of a stream with the AWS SDK for Go v2, nothing configured but what its environment says.
// Usage: client STREAM STEP…; prints a JSON object of each step's outcome. Steps are those of ../test_sdks.py.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/firehose"
	"github.com/aws/aws-sdk-go-v2/service/firehose/types"
)

type outcome map[string]any

type life struct {
	client *firehose.Client
	stream *string
}

var background = context.Background()

func destination() *types.ExtendedS3DestinationConfiguration {
	return &types.ExtendedS3DestinationConfiguration{
		RoleARN: aws.String("arn:aws:iam::000000000000:role/test"), BucketARN: aws.String("arn:aws:s3:::test-bucket"), Prefix: aws.String("a/"),
		BufferingHints: &types.BufferingHints{SizeInMBs: aws.Int32(1), IntervalInSeconds: aws.Int32(0)},
	}
}

func waitFor(condition func() (bool, error)) error {
	for range 400 {
		if done, err := condition(); done || err != nil {
			return err
		}
		time.Sleep(25 * time.Millisecond)
	}
	return errors.New("it did not happen in time")
}

func (l life) described() (*types.DeliveryStreamDescription, error) {
	answer, err := l.client.DescribeDeliveryStream(background, &firehose.DescribeDeliveryStreamInput{DeliveryStreamName: l.stream})
	if err != nil {
		return nil, err
	}
	return answer.DeliveryStreamDescription, nil
}

func (l life) create() (outcome, error) {
	made, err := l.client.CreateDeliveryStream(background, &firehose.CreateDeliveryStreamInput{
		DeliveryStreamName: l.stream, DeliveryStreamType: types.DeliveryStreamTypeDirectPut, ExtendedS3DestinationConfiguration: destination(),
		Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("one")}},
	})
	if err != nil {
		return nil, err
	}
	return outcome{"arn": made.DeliveryStreamARN}, nil
}

func (l life) describe() (outcome, error) {
	var now *types.DeliveryStreamDescription
	err := waitFor(func() (done bool, err error) {
		now, err = l.described()
		return err == nil && now.DeliveryStreamStatus == types.DeliveryStreamStatusActive, err
	})
	if err != nil {
		return nil, err
	}
	return outcome{"status": now.DeliveryStreamStatus, "version": now.VersionId, "created": float64(now.CreateTimestamp.UnixMilli()) / 1000,
		"prefix": now.Destinations[0].ExtendedS3DestinationDescription.Prefix}, nil
}

func (l life) list() (outcome, error) {
	listed, err := l.client.ListDeliveryStreams(background, &firehose.ListDeliveryStreamsInput{Limit: aws.Int32(100)})
	if err != nil {
		return nil, err
	}
	return outcome{"names": listed.DeliveryStreamNames, "more": listed.HasMoreDeliveryStreams}, nil
}

func (l life) put() (outcome, error) {
	put, err := l.client.PutRecord(background, &firehose.PutRecordInput{DeliveryStreamName: l.stream, Record: &types.Record{Data: []byte("one\n")}})
	if err != nil {
		return nil, err
	}
	return outcome{"ids": min(1, len(*put.RecordId)), "encrypted": put.Encrypted}, nil
}

func (l life) putBatch() (outcome, error) {
	put, err := l.client.PutRecordBatch(background, &firehose.PutRecordBatchInput{
		DeliveryStreamName: l.stream, Records: []types.Record{{Data: []byte("two\n")}, {Data: []byte("three\n")}}})
	if err != nil {
		return nil, err
	}
	ids := 0
	for _, response := range put.RequestResponses {
		ids += min(1, len(aws.ToString(response.RecordId)))
	}
	return outcome{"failed": put.FailedPutCount, "ids": ids}, nil
}

func (l life) updateTo(version string) error {
	_, err := l.client.UpdateDestination(background, &firehose.UpdateDestinationInput{
		DeliveryStreamName: l.stream, CurrentDeliveryStreamVersionId: aws.String(version), DestinationId: aws.String("destinationId-000000000001"),
		ExtendedS3DestinationUpdate: &types.ExtendedS3DestinationUpdate{Prefix: aws.String("b/")}})
	return err
}

func (l life) update() (outcome, error) {
	if err := l.updateTo("1"); err != nil {
		return nil, err
	}
	now, err := l.described()
	if err != nil {
		return nil, err
	}
	return outcome{"version": now.VersionId, "prefix": now.Destinations[0].ExtendedS3DestinationDescription.Prefix}, nil
}

func (l life) tags() (outcome, error) {
	listed, err := l.client.ListTagsForDeliveryStream(background, &firehose.ListTagsForDeliveryStreamInput{DeliveryStreamName: l.stream})
	if err != nil {
		return nil, err
	}
	tags := map[string]*string{}
	for _, tag := range listed.Tags {
		tags[*tag.Key] = tag.Value
	}
	return outcome{"tags": tags, "more": listed.HasMoreTags}, nil
}

func (l life) tag() (outcome, error) {
	_, err := l.client.TagDeliveryStream(background, &firehose.TagDeliveryStreamInput{
		DeliveryStreamName: l.stream, Tags: []types.Tag{{Key: aws.String("stage"), Value: aws.String("test")}}})
	if err != nil {
		return nil, err
	}
	return l.tags()
}

func (l life) untag() (outcome, error) {
	_, err := l.client.UntagDeliveryStream(background, &firehose.UntagDeliveryStreamInput{DeliveryStreamName: l.stream, TagKeys: []string{"team"}})
	if err != nil {
		return nil, err
	}
	return l.tags()
}

func (l life) settledEncryption() (*types.DeliveryStreamEncryptionConfiguration, error) {
	var encryption *types.DeliveryStreamEncryptionConfiguration
	err := waitFor(func() (bool, error) {
		now, err := l.described()
		if err != nil {
			return false, err
		}
		encryption = now.DeliveryStreamEncryptionConfiguration
		return !strings.HasSuffix(string(encryption.Status), "ING"), nil
	})
	return encryption, err
}

func (l life) encrypt() (outcome, error) {
	_, err := l.client.StartDeliveryStreamEncryption(background, &firehose.StartDeliveryStreamEncryptionInput{DeliveryStreamName: l.stream,
		DeliveryStreamEncryptionConfigurationInput: &types.DeliveryStreamEncryptionConfigurationInput{KeyType: types.KeyTypeAwsOwnedCmk}})
	if err != nil {
		return nil, err
	}
	encryption, err := l.settledEncryption()
	if err != nil {
		return nil, err
	}
	return outcome{"status": encryption.Status, "type": encryption.KeyType}, nil
}

func (l life) decrypt() (outcome, error) {
	if _, err := l.client.StopDeliveryStreamEncryption(background, &firehose.StopDeliveryStreamEncryptionInput{DeliveryStreamName: l.stream}); err != nil {
		return nil, err
	}
	encryption, err := l.settledEncryption()
	if err != nil {
		return nil, err
	}
	return outcome{"status": encryption.Status}, nil
}

// The class of an error.
func class(err error) string {
	if err == nil {
		return "no error"
	}
	var inUse *types.ResourceInUseException
	var notFound *types.ResourceNotFoundException
	var concurrent *types.ConcurrentModificationException
	var argument *types.InvalidArgumentException
	for name, target := range map[string]any{"ResourceInUseException": &inUse, "ResourceNotFoundException": &notFound,
		"ConcurrentModificationException": &concurrent, "InvalidArgumentException": &argument} {
		if errors.As(err, target) {
			return name
		}
	}
	return "not modelled: " + err.Error()
}

func (l life) errors() (outcome, error) {
	_, exists := l.client.CreateDeliveryStream(background, &firehose.CreateDeliveryStreamInput{
		DeliveryStreamName: l.stream, ExtendedS3DestinationConfiguration: destination()})
	missing := life{l.client, aws.String("no-such-stream")}
	_, described := missing.described()
	_, put := missing.put()
	_, argument := l.client.CreateDeliveryStream(background, &firehose.CreateDeliveryStreamInput{DeliveryStreamName: aws.String("no-destination")})
	return outcome{"exists": class(exists), "missing": class(described), "put": class(put), "stale": class(l.updateTo("99")),
		"argument": class(argument)}, nil
}

func (l life) delete() (outcome, error) {
	if _, err := l.client.DeleteDeliveryStream(background, &firehose.DeleteDeliveryStreamInput{DeliveryStreamName: l.stream}); err != nil {
		return nil, err
	}
	err := waitFor(func() (bool, error) {
		_, err := l.described()
		return class(err) == "ResourceNotFoundException", nil
	})
	if err != nil {
		return nil, err
	}
	listed, err := l.client.ListDeliveryStreams(background, &firehose.ListDeliveryStreamsInput{})
	if err != nil {
		return nil, err
	}
	return outcome{"gone": !strings.Contains(fmt.Sprint(listed.DeliveryStreamNames), *l.stream)}, nil
}

func main() {
	settings, err := config.LoadDefaultConfig(background)
	if err != nil {
		panic(err)
	}
	l := life{firehose.NewFromConfig(settings), aws.String(os.Args[1])}
	does := map[string]func() (outcome, error){
		"create": l.create, "describe": l.describe, "list": l.list, "put": l.put, "put_batch": l.putBatch, "update": l.update,
		"tag": l.tag, "untag": l.untag, "encrypt": l.encrypt, "decrypt": l.decrypt, "errors": l.errors, "delete": l.delete}
	outcomes := map[string]outcome{}
	for _, step := range os.Args[2:] {
		done, err := does[step]()
		if err != nil {
			done = outcome{"error": err.Error()}
		}
		outcomes[step] = done
	}
	if err := json.NewEncoder(os.Stdout).Encode(outcomes); err != nil {
		panic(err)
	}
}
