//! Several files read as one.

use storage::types::{ByteRange, ErrorKind, ReadOptions, WriteOptions};

use super::api::StorageNode;
use super::maybe_async;
use super::rt;
use super::stage::Stage;
use crate::support::checks::{different, equal, mentions, no, refused, yes};
use crate::support::content::noise;
use crate::support::outcome::Outcome;

behaviours! {
    a_concatenation_is_its_parts_in_order;
    a_concatenation_streams_and_seeks;
    ranges_of_a_concatenation;
    a_part_that_is_not_needed_is_not_opened;
    a_concatenation_of_nothing_is_refused;
    a_concatenation_can_only_be_read;
    a_concatenation_is_copied_to_a_file;
    a_concatenation_may_replace_one_of_its_parts;
    a_missing_part_is_told_by_its_name;
    a_directory_is_no_part if [directories];
    concatenations_of_concatenations;
    parts_may_lie_on_different_mounts;
    a_concatenation_tells_size_time_and_checksum;
}

#[maybe_async]
async fn three(stage: &Stage) -> storage::Result<StorageNode> {
    let parts = [
        stage.file("a.txt", "alpha ").await?,
        stage.file("empty", "").await?,
        stage.file("folder/b.txt", "beta ").await?,
        stage.file("c.txt", "gamma").await?,
    ];
    StorageNode::concat(parts)
}

#[maybe_async]
async fn a_concatenation_is_its_parts_in_order(stage: &Stage) -> Outcome {
    let whole = three(stage).await?;
    equal(whole.read_text().await?, "alpha beta gamma");
    equal(whole.size().await?, 16);
    yes(whole.is_file().await?);
    let again = stage.manager.concat(&["m:a.txt", "m:empty", "m:folder/b.txt", "m:c.txt"])?;
    equal(again.read_text().await?, "alpha beta gamma");
    equal(&again, &whole);
    different(&again, &stage.manager.concat(&["m:c.txt", "m:a.txt"])?);
    equal(again.full_path(), "concat:m:a.txt,m:empty,m:folder/b.txt,m:c.txt");
    Ok(())
}

#[maybe_async]
async fn a_concatenation_streams_and_seeks(stage: &Stage) -> Outcome {
    let (one, two) = (noise(1, 1_300_000), noise(2, 700_000));
    let whole =
        StorageNode::concat([stage.file("one", one.clone()).await?, stage.file("two", two.clone()).await?])?;
    let all = [&one[..], &two[..]].concat();
    let mut reader = whole.reader().await?;
    equal(reader.len(), all.len() as u64);
    yes(rt::read_to_end(&mut reader).await? == all);
    for at in [1_299_999, 5, 1_999_990, 1_300_000, 2_000_000, 0] {
        reader.seek_to(at).await?;
        let mut few = Vec::new();
        while few.len() < 20 {
            let Some(chunk) = reader.next().await? else { break };
            few.extend_from_slice(&chunk);
        }
        few.truncate(20);
        let start = usize::try_from(at)?;
        yes(few == all[start..all.len().min(start + 20)]);
    }
    Ok(())
}

#[maybe_async]
async fn ranges_of_a_concatenation(stage: &Stage) -> Outcome {
    let whole = three(stage).await?;
    for (range, text) in [
        (ByteRange::from(0..3), "alp"),
        (ByteRange::from(4..9), "a bet"),
        (ByteRange::from(6..11), "beta "),
        (ByteRange::from(9..), "a gamma"),
        (ByteRange::Suffix(5), "gamma"),
        (ByteRange::Suffix(100), "alpha beta gamma"),
        (ByteRange::from(16..), ""),
    ] {
        equal(whole.read_range(range).await?, text);
    }
    refused(whole.read_range(17..).await, ErrorKind::InvalidInput);
    let several = [ByteRange::from(4..9), ByteRange::Suffix(5), (0..3).into(), (16..).into(), (..).into()];
    equal(whole.read_ranges(several).await?, ["a bet", "gamma", "alp", "", "alpha beta gamma"]);
    refused(whole.read_ranges([0..1, 17..18]).await, ErrorKind::InvalidInput);
    Ok(())
}

#[maybe_async]
async fn a_part_that_is_not_needed_is_not_opened(stage: &Stage) -> Outcome {
    let (one, two) = (stage.file("one", "11111").await?, stage.file("two", "22222").await?);
    let whole = StorageNode::concat([one.clone(), two.clone()])?;
    let mut reader = whole.reader_with(&ReadOptions::new().range(7..)).await?;
    one.delete().await?;
    equal(reader.read_all().await?, "222");
    let mut reader = StorageNode::concat([two.clone(), two])?.reader().await?;
    equal(reader.read_all().await?, "2222222222");
    Ok(())
}

#[maybe_async]
async fn a_concatenation_of_nothing_is_refused(stage: &Stage) -> Outcome {
    refused(StorageNode::concat([]), ErrorKind::InvalidInput);
    refused(stage.manager.concat::<&str>(&[]), ErrorKind::InvalidInput);
    refused(stage.manager.concat(&["nowhere:x"]), ErrorKind::NotFound);
    Ok(())
}

#[maybe_async]
async fn a_concatenation_can_only_be_read(stage: &Stage) -> Outcome {
    let whole = three(stage).await?;
    mentions(refused(whole.write("x").await, ErrorKind::Unsupported), &["can only be read"]);
    refused(whole.writer().await, ErrorKind::Unsupported);
    refused(whole.delete().await, ErrorKind::Unsupported);
    refused(whole.append("x").await, ErrorKind::Unsupported);
    refused(whole.child("x"), ErrorKind::Unsupported);
    refused(whole.write_with("x", &WriteOptions::new().create_only()).await, ErrorKind::Unsupported);
    refused(stage.node("a.txt").copy_to(&whole).await, ErrorKind::Unsupported);
    no(whole.capabilities().write);
    equal(whole.read_text().await?, "alpha beta gamma");
    Ok(())
}

#[maybe_async]
async fn a_concatenation_is_copied_to_a_file(stage: &Stage) -> Outcome {
    let whole = three(stage).await?;
    let report = whole.copy_to(&stage.node("whole")).await?;
    equal(stage.node("whole").read_text().await?, "alpha beta gamma");
    equal((report.copied_count, report.bytes), (1, 16));
    let large = noise(3, 3_000_000);
    let part = stage.file("large", large.clone()).await?;
    StorageNode::concat([part.clone(), part])?.copy_to(&stage.node("twice")).await?;
    yes(stage.node("twice").read().await? == [&large[..], &large[..]].concat());
    Ok(())
}

#[maybe_async]
async fn a_concatenation_may_replace_one_of_its_parts(stage: &Stage) -> Outcome {
    let one = stage.file("one", noise(4, 1_500_000)).await?;
    let two = stage.file("two", noise(5, 1_500_000)).await?;
    let expected = [&noise(4, 1_500_000)[..], &noise(5, 1_500_000)[..]].concat();
    StorageNode::concat([one.clone(), two])?.copy_to(&one).await?;
    yes(one.read().await? == expected);
    Ok(())
}

#[maybe_async]
async fn a_missing_part_is_told_by_its_name(stage: &Stage) -> Outcome {
    let whole = StorageNode::concat([stage.file("a", "a").await?, stage.node("folder/missing")])?;
    mentions(refused(whole.read().await, ErrorKind::NotFound), &["the part `m:folder/missing`"]);
    refused(whole.size().await, ErrorKind::NotFound);
    no(whole.exists().await?);
    refused(whole.copy_to(&stage.node("whole")).await, ErrorKind::NotFound);
    no(stage.node("whole").exists().await?);
    Ok(())
}

#[maybe_async]
async fn a_directory_is_no_part(stage: &Stage) -> Outcome {
    let whole = StorageNode::concat([stage.file("folder/a", "a").await?, stage.node("folder")])?;
    mentions(refused(whole.read().await, ErrorKind::IsADirectory), &["the part `m:folder`"]);
    Ok(())
}

#[maybe_async]
async fn concatenations_of_concatenations(stage: &Stage) -> Outcome {
    let whole = three(stage).await?;
    let twice = StorageNode::concat([whole.clone(), stage.file("and", " and ").await?, whole])?;
    equal(twice.read_text().await?, "alpha beta gamma and alpha beta gamma");
    equal(twice.read_range(14..24).await?, "ma and alp");
    Ok(())
}

#[maybe_async]
async fn parts_may_lie_on_different_mounts(stage: &Stage) -> Outcome {
    let other = stage.memory().await?.child("b")?;
    other.write("two").await?;
    let whole = StorageNode::concat([stage.file("a", "one ").await?, other])?;
    equal(whole.read_text().await?, "one two");
    Ok(())
}

#[maybe_async]
async fn a_concatenation_tells_size_time_and_checksum(stage: &Stage) -> Outcome {
    let whole = three(stage).await?;
    let metadata = whole.stat().await?;
    equal(metadata.size, 16);
    equal(metadata.etag, None);
    let newest = stage.node("c.txt").modified().await?;
    yes(metadata.modified >= newest);
    equal(whole.md5().await?, stage.file("same", "alpha beta gamma").await?.md5().await?);
    Ok(())
}
