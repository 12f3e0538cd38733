"""One made-up row each, as the exporters and data sets that people's tables come from write it."""

from __future__ import annotations

from pathlib import Path

import pytest

from segue.tables.reading import read_table

ID = "4uLU6hMCjMI75M1A2tKUQC"
WHO = {"title": "Low, Tide", "artist": "Ina Vale"}

CASES: dict[str, tuple[bytes, dict[str, object]]] = {
    "exportify 2015": (
        "\ufeff\"Spotify URI\",\"Track Name\",\"Artist Name\",\"Album Name\",\"Disc Number\","
        "\"Track Number\",\"Track Duration (ms)\",\"Added By\",\"Added At\"\n"
        f"\"spotify:track:{ID}\",\"Low, Tide\",\"Ina Vale\",\"Harbour\",\"1\",\"7\",\"217533\","
        "\"spotify:user:me\",\"2015-01-01T10:00:00Z\"\n".encode(),
        WHO | {"track_id": ID, "album": "Harbour", "duration_ms": 217_533},
    ),
    "exportify today": (
        "Track URI,Track Name,Album Name,Artist Name(s),Release Date,Duration (ms),Popularity,"
        "Explicit,Added By,Added At,Genres,Record Label,Danceability,Energy,Key,Loudness,Mode,"
        "Speechiness,Acousticness,Instrumentalness,Liveness,Valence,Tempo,Time Signature\n"
        f"spotify:track:{ID},\"Low, Tide\",Harbour,Ina Vale,2017-02-24,217533,69,false,me,"
        "2025-08-11T10:00:00Z,\"indie rock,dream pop\",L,0.61,0.58,1,-14.2,1,0.04,0.06,0.02,0.1,"
        "0.88,101.02,4\n".encode(),
        WHO | {"track_id": ID, "released": "2017-02-24", "duration_ms": 217_533, "popularity": 69,
               "danceability": 0.61, "energy": 0.58, "key": 1, "loudness": -14.2, "mode": 1,
               "valence": 0.88, "tempo": 101.02},
    ),
    "chosic": (
        "#,Song,Artist,Popularity,BPM,Genres,Album,Album Date,Time,Dance,Energy,Acoustic,"
        "Instrumental,Happy,Speech,Live,Loud (Db),Key,Time Signature,Added At,Spotify Track Id,"
        "Camelot,ISRC\n"
        f"1,\"Low, Tide\",\"Ina Vale\",69,101,\"indie\",\"Harbour\",2017,04:26,61,58,6,2,88,0,10,"
        f"-14,C♯/D♭ Major,4,2025-08-11,{ID},3B,QZAAA1700001\n".encode(),
        WHO | {"track_id": ID, "isrc": "QZAAA1700001", "tempo": 101, "duration_ms": 266_000,
               "danceability": 0.61, "energy": 0.58, "acousticness": 0.06,
               "instrumentalness": 0.02, "valence": 0.88, "speechiness": 0, "liveness": 0.1,
               "loudness": -14, "key": 1, "mode": 1},
    ),
    "tune my music": (
        "Track name,Artist name,Album,Playlist name,Type,ISRC,Spotify - id\n"
        f"\"Low, Tide\",Ina Vale,Harbour,Sea,Playlist,QZAAA1700001,{ID}\n".encode(),
        WHO | {"track_id": ID, "isrc": "QZAAA1700001", "playlist": "Sea"},
    ),
    "soundiiz": (
        b"title;artist;album;isrc\n\"Low, Tide\";\"Ina Vale\";\"Harbour\";\"\"\n",
        WHO | {"album": "Harbour", "isrc": None},
    ),
    "organize your music": (
        (b",title,artist,top genre,year,added,bpm,nrgy,dnce,dB,live,val,dur,acous,spch,pop\n"
        b"0,\"Low, Tide\",Ina Vale,neo mellow,2010,2022-02-17,97,89,67,-4,8,80,217,19,4,83\n"),
        WHO | {"released": "2010", "tempo": 97, "energy": 0.89, "danceability": 0.67,
               "loudness": -4, "liveness": 0.08, "valence": 0.8, "duration_ms": 217_000,
               "acousticness": 0.19, "speechiness": 0.04, "popularity": 83},
    ),
    "sort your music": (
        (b"#\tTitle\tArtist\tRelease\tBPM\tEnergy\tDance\tLoud\tValence\tLength\tAcoustic\tPop.\n"
        b"1\tLow, Tide\tIna Vale\t2017-02-24\t101\t58\t61\t-14\t88\t3:37\t6\t69\n"),
        WHO | {"tempo": 101, "energy": 0.58, "valence": 0.88, "duration_ms": 217_000,
               "popularity": 69},
    ),
    "two thousand songs": (
        (b"Index,Title,Artist,Top Genre,Year,Beats Per Minute (BPM),Energy,Danceability,"
        b"Loudness (dB),Liveness,Valence,Length (Duration),Acousticness,Speechiness,Popularity\n"
        b"1,\"Low, Tide\",Ina Vale,adult,2004,157,30,53,-14,11,68,\"1,412\",94,3,71\n"),
        WHO | {"tempo": 157, "energy": 0.3, "loudness": -14, "duration_ms": 1_412_000,
               "acousticness": 0.94, "speechiness": 0.03},
    ),
    "most streamed": (
        (b"track_name,artist(s)_name,artist_count,released_year,streams,bpm,key,mode,"
        b"danceability_%,valence_%,energy_%,acousticness_%,instrumentalness_%,liveness_%,"
        b"speechiness_%\n\"Low, Tide\",Ina Vale,1,2023,141381703,125,C#,Minor,80,1,0,31,0,8,4\n"),
        WHO | {"released": "2023", "tempo": 125, "key": 1, "mode": 0, "danceability": 0.8,
               "valence": 0.01, "energy": 0, "speechiness": 0.04},
    ),
    "a data set of the web": (
        ",track_id,artists,album_name,track_name,popularity,duration_ms,explicit,danceability,"
        "energy,key,loudness,mode,speechiness\n"
        f"0,{ID},Ina Vale,Harbour,\"Low, Tide\",73,230666,False,0.676,0.461,1,-6.746,0,"
        "0.143\n".encode(),
        WHO | {"track_id": ID, "duration_ms": 230_666, "energy": 0.461, "key": 1, "mode": 0},
    ),
    "rekordbox": (
        "#\tArtwork\tTrack Title\tArtist\tAlbum\tGenre\tBPM\tRating\tTime\tKey\tDate Added\r\n"
        "1\t\tLow, Tide\tIna Vale\tHarbour\t\t124,00\t     \t03:37\tF#m\t"
        "2024-01-01\r\n".encode("utf-16"),
        WHO | {"tempo": 124, "duration_ms": 217_000, "key": 6, "mode": 0},
    ),
    "mixxx": (
        "\"Artist\",\"Title\",\"Album\",\"BPM\",\"Duration\",\"Key\",\"Played\",\"Year\"\n"
        "\"Ina Vale\",\"Low, Tide\",\"Harbour\",\"124.0\",\"217.53\",\"F♯/G♭m\","
        "\"0\",\"2017\"\n".encode(),
        WHO | {"tempo": 124, "duration_ms": 217_530, "key": 6, "mode": 0},
    ),
    "a spreadsheet": (
        "Titel;Interpret;Tonart;Tempo;Energie;Dauer;\r\n"
        "Low, Tide;Ina Vale;cis-Moll;124,5;72 %;3:37;\r\n;;;;;;\r\n".encode("utf-8-sig"),
        WHO | {"key": 1, "mode": 0, "tempo": 124.5, "energy": 0.72, "duration_ms": 217_000},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_row_of_an_exporter_is_understood(name: str, tmp_path: Path) -> None:
    data, expected = CASES[name]
    path = tmp_path / "export.csv"
    path.write_bytes(data)
    table = read_table(path)
    (row,) = table.frame.rows(named=True)
    assert {column: row.get(column) for column in expected} == pytest.approx(expected)
    assert table.notes() == ()
